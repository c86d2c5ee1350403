import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Failure } from '../../api';
import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { FailureNotice } from '../../components/FailureNotice';
import { t } from '../../language';
import { type Session, arrive, endedHereOnly, signIn } from '../../sign-in';
import { asFailure } from './graph';

const TEXTS = {
    'sign-in-off': 'admin.signInOff',
    'sign-in-refused': 'admin.signInRefused',
    'sign-in-failed': 'admin.signInFailed',
} as const;

/** Shows its children to a person who has signed in. Everybody else is led to the issuer, or told why not. */
export function Gate({ children }: { children: (session: Session) => ComponentChildren }) {
    const [session, setSession] = useState<Session>();
    const [failure, setFailure] = useState<Failure>();
    const [out, setOut] = useState(false);
    const caught = (error: unknown) => setFailure(asFailure(error));
    useEffect(() => {
        arrive()
            .then((found) => (found ? setSession(found) : setOut(true)))
            .catch(caught);
    }, []);
    const again = () => {
        setFailure(undefined);
        setOut(false);
        signIn().catch(caught);
    };

    if (session) return <>{children(session)}</>;
    if (!failure && !out) return <p role="status">{t('common.working')}</p>;
    const own = TEXTS[failure?.code as keyof typeof TEXTS];
    const ended = endedHereOnly() ? t('admin.signedOutHere') : t('admin.signedOut');
    return (
        <Card heading={t('admin.heading')}>
            {own || out ? <p role="status">{own ? t(own) : ended}</p> : <FailureNotice failure={failure} />}
            {failure?.code !== 'sign-in-off' && (
                <div class="row">
                    <Button onClick={again}>{t('admin.signIn')}</Button>
                </div>
            )}
        </Card>
    );
}
