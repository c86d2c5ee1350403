import { useState } from 'preact/hooks';
import { Button } from '../../components/Button';
import type { Request } from '../../api';
import { type Key, t } from '../../language';
import { Dialog } from './Dialog';
import { Password } from './Password';
import { type User, graph, userPath } from './graph';
import type { Act } from './offers';
import { type Outcome, useAct } from './useAct';

type Simple = 'unblock' | 'sessions' | 'disable' | 'enable';

interface Props {
    user: User;
    offered: (act: Act) => boolean;
    outcome: Outcome;
}

/** What an administrator can do for a person, apart from contacts. */
export function Acts({ user, offered, outcome }: Props) {
    const [asked, ask] = useState<Simple | 'password'>();
    const enabling = user.accountEnabled ? 'disable' : 'enable';
    const acts: [Act, Simple | 'password'][] = [
        ['unblock', 'unblock'],
        ['password', 'password'],
        ['sessions', 'sessions'],
        ['enabled', enabling],
    ];
    const shown = acts.filter(([act]) => offered(act));
    const close = () => ask(undefined);
    return (
        <>
            {shown.length > 0 && (
                <div class="row" role="group" aria-label={t('admin.acts')}>
                    {shown.map(([act, what]) => (
                        <Button key={act} look="secondary" onClick={() => ask(what)}>
                            {t(`admin.${what}-button` as Key)}
                        </Button>
                    ))}
                </div>
            )}
            {asked === 'password' ? (
                <Password user={user} outcome={outcome} onClose={close} />
            ) : (
                asked && <Confirm what={asked} user={user} outcome={outcome} onClose={close} />
            )}
        </>
    );
}

const requests = (user: User): Record<Simple, [string, Request]> => ({
    unblock: [`${userPath(user.id)}/authentication/unblockPasswordReset`, { method: 'POST' }],
    sessions: [`${userPath(user.id)}/revokeSignInSessions`, { method: 'POST' }],
    disable: [userPath(user.id), { method: 'PATCH', body: { accountEnabled: false } }],
    enable: [userPath(user.id), { method: 'PATCH', body: { accountEnabled: true } }],
});

interface ConfirmProps {
    what: Simple;
    user: User;
    outcome: Outcome;
    onClose: () => void;
}

function Confirm({ what, user, outcome, onClose }: ConfirmProps) {
    const act = what === 'disable' || what === 'enable' ? 'enabled' : what;
    const { busy, failure, run } = useAct(act, outcome);
    const name = user.displayName ?? user.userPrincipalName;
    const submit = () =>
        run(
            () => graph(...requests(user)[what]),
            () => {
                outcome.done(t(`admin.${what}-done` as Key, { name }));
                onClose();
            },
        );
    return (
        <Dialog
            heading={t(`admin.${what}-heading` as Key, { name })}
            submit={t(`admin.${what}-button` as Key)}
            danger={what === 'disable'}
            busy={busy}
            failure={failure}
            onSubmit={() => void submit()}
            onClose={onClose}
        >
            <p>{t(`admin.${what}-lead` as Key)}</p>
        </Dialog>
    );
}
