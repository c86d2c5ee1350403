import { Card } from '../../components/Card';
import { type Key, currentLanguage, listOf, t } from '../../language';
import { Trouble } from './Trouble';
import { graph } from './graph';
import { useLoad } from './useLoad';

type Members = Record<string, unknown>;

/** The policy, and what it allows at most. Nothing can be changed here. */
export function Policy() {
    const { data, failure } = useLoad(() => graph<Members & { bound: Record<string, number | string> }>('/policies/passwordReset'));
    return (
        <Card heading={t('admin.policy')}>
            <Trouble failure={failure} />
            {!data && !failure && <p role="status">{t('common.working')}</p>}
            {data && (
                <>
                    <h2>{t('admin.bound')}</h2>
                    <p>{t('admin.boundLead')}</p>
                    <dl class="properties">
                        {Object.entries(data.bound).map(([name, value]) => (
                            <div key={name}>
                                <dt class="quiet">{t(`admin.bound-${name}` as Key)}</dt>
                                <dd class="value">{amount(name, value)}</dd>
                            </div>
                        ))}
                    </dl>
                    <h2 id="members">{t('admin.members')}</h2>
                    <p>{t('admin.membersLead')}</p>
                    <dl class="members" aria-labelledby="members">
                        {Object.entries(data)
                            .filter(([name]) => name !== 'bound' && !name.startsWith('@'))
                            .map(([name, value]) => (
                                <div key={name}>
                                    <dt>
                                        <code>{name}</code>
                                    </dt>
                                    <dd>{shown(value)}</dd>
                                </div>
                            ))}
                    </dl>
                </>
            )}
        </Card>
    );
}

function amount(name: string, value: number | string): string {
    const format = (options: Intl.NumberFormatOptions) => new Intl.NumberFormat(currentLanguage(), options).format(Number(value));
    if (name.endsWith('Usd')) return format({ style: 'currency', currency: 'USD' });
    // A probability is small. Three digits of it say enough.
    if (name.startsWith('takeover')) return format({ style: 'percent', maximumSignificantDigits: 3 });
    return format({});
}

/** A member of the policy in words. */
function shown(value: unknown): string {
    if (typeof value === 'boolean') return value ? t('admin.on') : t('admin.off');
    if (typeof value === 'number') return new Intl.NumberFormat(currentLanguage()).format(value);
    if (value === '' || value === null || (Array.isArray(value) && !value.length)) return t('admin.none');
    if (Array.isArray(value)) return value.every((item) => typeof item === 'string') ? listOf(value) : value.map(shown).join('; ');
    if (typeof value === 'object') {
        return Object.entries(value as Members)
            .map(([name, item]) => `${name}: ${typeof item === 'object' ? `(${shown(item)})` : shown(item)}`)
            .join(', ');
    }
    return String(value);
}
