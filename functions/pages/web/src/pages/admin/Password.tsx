import { useRef, useState } from 'preact/hooks';
import { Button } from '../../components/Button';
import { t } from '../../language';
import { Dialog } from './Dialog';
import { type User, graph, userPath } from './graph';
import { type Outcome, useAct } from './useAct';

/** The id of everybody's password among the methods. */
const PASSWORD = '28c10230-6103-485e-b985-444c60001490';

interface Props {
    user: User;
    outcome: Outcome;
    onClose: () => void;
}

/** Resets a person's password. The new one is shown once, and is stored nowhere. */
export function Password({ user, outcome, onClose }: Props) {
    const { busy, failure, run } = useAct('password', outcome);
    const [drawn, setDrawn] = useState<string>();
    const [copied, setCopied] = useState(false);
    const shown = useRef<HTMLElement>(null);
    const name = user.displayName ?? user.userPrincipalName;
    const path = `${userPath(user.id)}/authentication/methods/${PASSWORD}/resetPassword`;
    const submit = () =>
        run(
            () => graph<{ newPassword: string }>(path, { method: 'POST', body: {} }),
            ({ newPassword }) => setDrawn(newPassword),
        );
    const copy = () =>
        navigator.clipboard.writeText(drawn!).then(
            () => setCopied(true),
            // The browser does not allow it. The person can copy the selection.
            () => getSelection()?.selectAllChildren(shown.current!),
        );

    if (!drawn) {
        return (
            <Dialog
                // The key of the button keeps its name, because it is put together elsewhere.
                heading={t('admin.password-heading', { name })}
                submit={t(`admin.password-button`)}
                busy={busy}
                failure={failure}
                onSubmit={() => void submit()}
                onClose={onClose}
            >
                <p>{t('admin.password-lead')}</p>
            </Dialog>
        );
    }
    const close = () => {
        outcome.done(t('admin.password-done', { name }));
        onClose();
    };
    return (
        <Dialog key="drawn" heading={t('admin.drawnHeading', { name })} close={t('admin.drawnClose')} firm onClose={close}>
            <p>{t('admin.drawnLead')}</p>
            <div class="row">
                <code ref={shown} class="drawn" translate={false}>
                    {drawn}
                </code>
                <Button look="secondary" onClick={() => void copy()}>
                    {t('admin.copy')}
                </Button>
            </div>
            <p role="status">{copied ? t('admin.copied') : ''}</p>
        </Dialog>
    );
}
