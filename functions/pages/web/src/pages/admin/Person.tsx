import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { Notice } from '../../components/Notice';
import { t } from '../../language';
import { Acts } from './Acts';
import { ContactActs } from './ContactActs';
import { Timeline } from './Timeline';
import { Trouble } from './Trouble';
import { type Page, type RegisteredMethod, type Registration, type User, graph, userPath, withOptions } from './graph';
import { isSelf, offers } from './offers';
import type { Outcome } from './useAct';
import { type Loaded, useLoad } from './useLoad';

const PROPERTIES = [
    ['id', 'userPrincipalName', 'displayName', 'mail', 'mobilePhone', 'businessPhones', 'accountEnabled', 'otherMails'],
    ['isAdmin', 'onPremisesSyncEnabled', 'jobTitle', 'department', 'preferredLanguage', 'createdDateTime'],
];

/** What the API knows of a person. Each part may be refused on its own. */
export interface Parts {
    user: Loaded<User>;
    registration: Loaded<Registration>;
    methods: Loaded<RegisteredMethod[]>;
}

/** A person: who it is, how a reset would reach them, and what happened. */
export function Person({ id, back: backText, onBack }: { id: string; back: string; onBack: () => void }) {
    const [said, say] = useState<string>();
    const [refused, setRefused] = useState<string[]>([]);
    const [version, setVersion] = useState('0');
    const user = useLoad(() => graph<User>(withOptions(userPath(id), { select: PROPERTIES.flat().join() })), version);
    const registration = useLoad(
        () => graph<Registration>(`/reports/authenticationMethods/userRegistrationDetails/${encodeURIComponent(id)}`),
        version,
    );
    const methods = useLoad(
        async () => (await graph<Page<RegisteredMethod>>(`${userPath(id)}/authentication/methods`)).value,
        version,
    );
    const outcome: Outcome = {
        done: (text) => {
            say(text);
            setVersion((known) => `${Number(known) + 1}`);
        },
        refused: (act) => setRefused((known) => [...known, act]),
    };
    useEffect(() => {
        // What was done is said below the heading.
        if (!said) return;
        scrollTo(0, 0);
        document.querySelector<HTMLElement>('h1')?.focus();
    }, [version]);
    const parts: Parts = { user, registration, methods };
    const back = (
        <Button look="link" onClick={onBack}>
            {backText}
        </Button>
    );

    if (!user.data) {
        if (!user.failure) return <p role="status">{t('common.working')}</p>;
        return (
            <Card heading={t('admin.heading')} before={back}>
                {user.failure.status === 404 ? <p>{t('admin.gone')}</p> : <Trouble failure={user.failure} />}
            </Card>
        );
    }
    const offered = offers(user.data, refused);
    return (
        <div class="stack">
            <Card heading={user.data.displayName ?? user.data.userPrincipalName} before={back}>
                {said && (
                    <Notice key={version} kind="good">
                        <p>{said}</p>
                    </Notice>
                )}
                <Badges parts={parts} user={user.data} />
                <Properties user={user.data} />
                {isSelf(user.data) && <p>{t('admin.self')}</p>}
                <Acts user={user.data} offered={offered} outcome={outcome} />
            </Card>
            <ContactActs parts={parts} user={user.data} offered={offered} outcome={outcome} />
            <Timeline user={user.data} version={version} />
        </div>
    );
}

function Badges({ user, parts: { registration } }: { user: User; parts: Parts }) {
    const report = registration.data;
    const badges: [string, boolean | undefined][] = [
        user.accountEnabled ? [t('admin.enabled'), true] : [t('admin.disabled'), false],
    ];
    if (report) {
        badges.push(report.isSsprCapable ? [t('admin.capable'), true] : [t('admin.notCapable'), false]);
        badges.push(report.isSsprRegistered ? [t('admin.registered'), true] : [t('admin.notRegistered'), undefined]);
    }
    return (
        <ul class="row badges" aria-label={t('admin.state')}>
            {badges.map(([text, good]) => (
                <li key={text} class={`badge ${good ? 'good' : good === false ? 'bad' : ''}`}>
                    {text}
                </li>
            ))}
            {user.isAdmin && <li class="badge">{t('admin.administrator')}</li>}
        </ul>
    );
}

function Properties({ user }: { user: User }) {
    const source = user.onPremisesSyncEnabled ? t('admin.fromDirectory') : t('admin.fromHere');
    const rows: [string, string | null][] = [
        [t('common.userName'), user.userPrincipalName],
        [t('admin.mailbox'), user.mail],
        [t('admin.jobTitle'), user.jobTitle],
        [t('admin.department'), user.department],
        [t('admin.source'), source],
    ];
    return (
        <dl class="properties">
            {rows.map(([name, value]) =>
                value ? (
                    <div key={name}>
                        <dt class="quiet">{name}</dt>
                        <dd>{value}</dd>
                    </div>
                ) : null,
            )}
        </dl>
    );
}
