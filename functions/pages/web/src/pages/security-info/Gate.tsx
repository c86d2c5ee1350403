import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Failure } from '../../api';
import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { FailureNotice } from '../../components/FailureNotice';
import { Helpdesk } from '../../components/Helpdesk';
import { t } from '../../language';
import { type Settings, loadSettings } from '../../settings';
import { type Session, arrive, endedHereOnly, signIn, signOut } from '../../sign-in';

interface Props {
    children: (session: Session, settings: Settings) => ComponentChildren;
}

/** Shows its children to a person who has signed in. Everybody else is led to the issuer, or told why not. */
export function Gate({ children }: Props) {
    const [session, setSession] = useState<Session>();
    const [settings, setSettings] = useState<Settings>();
    const [failure, setFailure] = useState<Failure>();
    const [out, setOut] = useState(false);
    const caught = (error: unknown) => setFailure(error instanceof Failure ? error : new Failure('sign-in-failed'));
    useEffect(() => {
        loadSettings().then(setSettings).catch(caught);
        arrive()
            .then((found) => (found ? setSession(found) : setOut(true)))
            .catch(caught);
    }, []);
    const again = () => {
        setFailure(undefined);
        setOut(false);
        signIn().catch(caught);
    };

    if (failure) return <NoEntry failure={failure} settings={settings} onAgain={again} />;
    if (out) {
        return (
            <Card heading={t('securityInfo.outHeading')}>
                <p>{t(endedHereOnly() ? 'securityInfo.outHereOnly' : 'securityInfo.outLead')}</p>
                <div class="row">
                    <Button onClick={again}>{t('securityInfo.signInAgain')}</Button>
                </div>
            </Card>
        );
    }
    if (!session || !settings) return <Waiting />;
    return <>{children(session, settings)}</>;
}

// A quick answer shows nothing in between.
const QUIET_MS = 400;

/** What stands in the place of a page that is still loading. */
export function Waiting() {
    const [shown, setShown] = useState(false);
    useEffect(() => {
        const timer = setTimeout(() => setShown(true), QUIET_MS);
        return () => clearTimeout(timer);
    }, []);
    return <p role="status">{shown ? t('common.working') : ''}</p>;
}

interface NoEntryProps {
    failure: Failure;
    settings: Settings | undefined;
    onAgain: () => void;
    /** The name that the person signed in with, if they did. */
    userName?: string;
}

const OWN = {
    'sign-in-off': ['securityInfo.offHeading', 'securityInfo.off'],
    'sign-in-refused': ['securityInfo.signInFailedHeading', 'securityInfo.signInRefused'],
    'sign-in-failed': ['securityInfo.signInFailedHeading', 'securityInfo.signInFailed'],
    forbidden: ['securityInfo.strangerHeading', 'securityInfo.stranger'],
} as const;

/** Why the page shows nothing of a person, and what helps. */
export function NoEntry({ failure, settings, onAgain, userName }: NoEntryProps) {
    const own = OWN[failure.code as keyof typeof OWN];
    return (
        <Card heading={own ? t(own[0]) : t('securityInfo.heading')}>
            {own ? <p role="status">{t(own[1])}</p> : <FailureNotice failure={failure} />}
            {userName && <p class="quiet">{t('securityInfo.signedInAs', { userName })}</p>}
            <Helpdesk settings={settings} />
            {failure.code !== 'sign-in-off' && (
                <div class="row">
                    {failure.code === 'forbidden' ? (
                        <Button onClick={() => void signOut().catch(() => location.reload())}>{t('securityInfo.signOut')}</Button>
                    ) : (
                        <Button onClick={onAgain}>{own ? t('securityInfo.signInAgain') : t('securityInfo.retry')}</Button>
                    )}
                </div>
            )}
        </Card>
    );
}
