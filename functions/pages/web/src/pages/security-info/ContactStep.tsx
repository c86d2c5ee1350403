import { Choices } from '../../components/Choices';
import type { Errors } from '../../components/ErrorSummary';
import { Field } from '../../components/Field';
import type { Failure } from '../../api';
import { rich, t } from '../../language';
import { Frame } from './Frame';
import type { StepProps } from './SecurityInfo';
import { type Draft, deliveries, order } from './state';

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const NUMBER = /^\s*(\+|00)[\d\s().-]{6,}(x\s*\d+)?\s*$/i;

// The reason is only in the sentence for people. If that changes, a general sentence takes its place.
const REASONS = [
    [/own mailbox/, 'securityInfo.ownMailboxError'],
    [/country/i, 'securityInfo.rejected-country'],
    [/fixed line/, 'securityInfo.rejected-fixedLine'],
] as const;

/** What to say of a contact that was refused. */
export function refusal({ type }: Draft, { code, detail }: Failure): Errors | undefined {
    if (code !== 'contact-rejected') return undefined;
    // The sentence on the form of a phone speaks of the country code.
    const found = /\+CountryCode/.test(detail) ? undefined : REASONS.find(([pattern]) => pattern.test(detail));
    return { contact: t(found?.[1] ?? `securityInfo.rejected-${type}`) };
}

/** Takes a phone number or an email address, and orders a code to it. */
export function ContactStep(props: StepProps) {
    const { registration, settings, state, errors, type, refuse, run } = props;
    const draft = state.draft!;
    const phone = draft.type === 'mobilePhone';
    const former = registration.methods.find((method) => method.type === draft.type);
    const offered = deliveries(settings);
    const change = (part: Partial<Draft>) => type({ ...state, draft: { ...draft, ...part } });
    const submit = () => {
        const value = draft.value.trim();
        const wanted = { ...draft, value: phone ? value.replace(/^00/, '+') : value };
        if (!(phone ? NUMBER : EMAIL).test(value)) {
            refuse({ contact: t(phone ? 'reset.numberMalformed' : 'securityInfo.emailMalformed') });
        } else {
            const work = async () => ({ step: 'code', draft: wanted, challenge: await order(wanted) }) as const;
            run(work, (failure) => refusal(wanted, failure));
        }
    };
    return (
        <Frame {...props} heading={t(`securityInfo.contactHeading-${draft.type}`)} submit={t('reset.send')} onSubmit={submit}>
            <p>{t('securityInfo.contactLead')}</p>
            {former && former.value !== draft.value && <p>{rich('securityInfo.contactReplaces', { value: <bdi class="value">{former.value}</bdi> })}</p>}
            <Field
                id="contact"
                name={phone ? 'tel' : 'email'}
                label={t(phone ? 'securityInfo.mobileNumber' : `securityInfo.${draft.type}`)}
                hint={t(phone ? 'reset.numberHint' : 'securityInfo.emailHint')}
                type={phone ? 'tel' : 'email'}
                autoComplete={phone ? 'tel' : 'email'}
                value={draft.value}
                error={errors.contact}
                onInput={(value) => change({ value })}
            />
            {phone && offered.length > 1 && (
                <Choices
                    id="delivery"
                    legend={t('securityInfo.deliveryLegend')}
                    choices={offered.map((delivery) => ({ value: delivery, label: t(`securityInfo.delivery-${delivery}`) }))}
                    value={draft.delivery}
                    onChange={(delivery) => change({ delivery: delivery as Draft['delivery'] })}
                />
            )}
        </Frame>
    );
}
