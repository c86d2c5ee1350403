import { useEffect, useState } from 'preact/hooks';
import type { Failure } from '../../api';
import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { type Key, currentLanguage, t } from '../../language';
import { Trouble } from './Trouble';
import { type Registration, asFailure } from './graph';
import { METHODS, download, readReport, toCsv } from './registration';

const SHOWN = 20;

/** Who is registered and who can reset, as numbers and as a list. */
export function Report({ onChoose }: { onChoose: (id: string) => void }) {
    const [people, setPeople] = useState<Registration[]>([]);
    const [done, setDone] = useState(false);
    const [failure, setFailure] = useState<Failure>();
    useEffect(() => {
        let stopped = false;
        readReport(
            (read, whole) => {
                setPeople(read);
                setDone(whole);
            },
            () => stopped,
        ).catch((error) => !stopped && setFailure(asFailure(error)));
        return () => {
            stopped = true;
        };
    }, []);
    return (
        <Card heading={t('admin.report')}>
            <Trouble failure={failure} />
            <p role="status" class="quiet">
                {done ? t('admin.reportDone', { count: people.length }) : !failure && t('admin.reportReading', { count: people.length })}
            </p>
            {people.length > 0 && (
                <>
                    <Numbers people={people} />
                    <div class="row">
                        <Button
                            look="secondary"
                            onClick={() => download('registration.csv', 'text/csv;charset=utf-8', toCsv(people))}
                        >
                            {t('admin.csv')}
                        </Button>
                    </div>
                    <Without people={people} onChoose={onChoose} />
                </>
            )}
        </Card>
    );
}

function Numbers({ people }: { people: Registration[] }) {
    const count = (belongs: (person: Registration) => boolean) => people.filter(belongs).length;
    const rows: [string, number][] = [
        [t('admin.capable'), count(({ isSsprCapable }) => isSsprCapable)],
        [t('admin.registered'), count(({ isSsprRegistered }) => isSsprRegistered)],
        ...METHODS.map((method): [string, number] => [
            t(`admin.method-${method}` as Key),
            count(({ methodsRegistered }) => methodsRegistered.includes(method)),
        ]),
    ];
    const share = new Intl.NumberFormat(currentLanguage(), { style: 'percent' });
    const number = new Intl.NumberFormat(currentLanguage());
    return (
        <table class="numbers">
            <caption class="visually-hidden">{t('admin.report')}</caption>
            <thead>
                <tr>
                    <th scope="col">{t('admin.group')}</th>
                    <th scope="col">{t('admin.people')}</th>
                </tr>
            </thead>
            <tbody>
                {rows.map(([name, found]) => (
                    <tr key={name}>
                        <th scope="row">
                            {name}
                            <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
                                <rect class="all" width="100" height="1" />
                                <rect width={(found / people.length) * 100} height="1" />
                            </svg>
                        </th>
                        <td>
                            {number.format(found)} <span class="quiet share">{share.format(found / people.length)}</span>
                        </td>
                    </tr>
                ))}
            </tbody>
        </table>
    );
}

const GROUPS = {
    notCapable: (person: Registration) => !person.isSsprCapable,
    noMethod: (person: Registration) => !person.methodsRegistered.length,
};

function Without({ people, onChoose }: { people: Registration[]; onChoose: (id: string) => void }) {
    const [group, setGroup] = useState<keyof typeof GROUPS>('notCapable');
    const [shown, setShown] = useState(SHOWN);
    const found = people.filter(GROUPS[group]);
    return (
        <>
            <h2 id="without">{t('admin.without')}</h2>
            <div class="row" role="group" aria-labelledby="without">
                {(['notCapable', 'noMethod'] as const).map((choice) => (
                    <button
                        type="button"
                        key={choice}
                        class="pill"
                        aria-pressed={group === choice}
                        onClick={() => {
                            setGroup(choice);
                            setShown(SHOWN);
                        }}
                    >
                        {choice === 'noMethod' ? t('admin.noMethod') : t('admin.notCapable')}
                    </button>
                ))}
            </div>
            <p role="status">{t('admin.found', { count: found.length })}</p>
            {found.length > 0 && (
                <ul class="list" aria-labelledby="without">
                    {found.slice(0, shown).map(({ id, userDisplayName, userPrincipalName }) => (
                        <li key={id}>
                            <button type="button" class="person" onClick={() => onChoose(id)}>
                                <span class="value">{userDisplayName ?? userPrincipalName}</span>
                                <span class="quiet">{userPrincipalName}</span>
                            </button>
                        </li>
                    ))}
                </ul>
            )}
            {found.length > shown && (
                <div class="row">
                    <Button look="secondary" onClick={() => setShown(shown + SHOWN)}>
                        {t('admin.more')}
                    </Button>
                </div>
            )}
        </>
    );
}
