import { useEffect, useState } from 'preact/hooks';
import { Failure, call } from '../../api';
import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { Checklist } from '../../components/Checklist';
import { type Errors, ErrorSummary } from '../../components/ErrorSummary';
import { FailureNotice } from '../../components/FailureNotice';
import { Field } from '../../components/Field';
import { Helpdesk } from '../../components/Helpdesk';
import { Notice } from '../../components/Notice';
import { PasswordField } from '../../components/PasswordField';
import { t } from '../../language';
import { reasonsText, refusal, rules } from '../../password';
import { type Settings, loadSettings } from '../../settings';

/** Changes a password that the person knows. */
export function ChangePassword() {
    const [userName, setUserName] = useState('');
    const [currentPassword, setCurrent] = useState('');
    const [newPassword, setNew] = useState('');
    const [settings, setSettings] = useState<Settings>();
    const [errors, refuse] = useState<Errors>({});
    const [rejected, setRejected] = useState(false);
    const [uncertain, setUncertain] = useState(false);
    const [failure, setFailure] = useState<Failure>();
    const [busy, setBusy] = useState(false);
    const [done, setDone] = useState(false);

    useEffect(() => {
        // Without the rules the service still judges the password.
        loadSettings().then(setSettings, () => {});
    }, []);

    const missing = (known: Settings): Errors => {
        const found: Errors = {};
        if (!userName.trim()) found['user-name'] = t('common.userNameMissing');
        if (!currentPassword) found['current-password'] = t('change.currentMissing');
        const refused = refusal(newPassword, userName.trim(), known);
        if (refused) found['new-password'] = refused;
        return found;
    };

    const submit = async () => {
        setFailure(undefined);
        setBusy(true);
        try {
            const known = await loadSettings();
            setSettings(known);
            const found = missing(known);
            refuse(found);
            if (Object.keys(found).length) return;
            await call('/v1/password', { body: { userName: userName.trim(), currentPassword, newPassword } });
            setDone(true);
        } catch (error) {
            fail(error instanceof Failure ? error : new Failure('failed'));
        } finally {
            setBusy(false);
        }
    };

    const fail = (found: Failure) => {
        refuse({});
        if (found.code === 'credentials-rejected') {
            setRejected(true);
            refuse({ 'current-password': uncertain ? t('change.perhaps') : t('change.rejected') });
        } else if (found.code === 'password-rejected' && settings) {
            refuse({ 'new-password': reasonsText(found.reasons, settings) });
        } else if (found.code === 'malformed' && found.detail.startsWith('userName')) {
            refuse({ 'user-name': t('common.userNameMalformed') });
        } else {
            // Without a response the password may be changed already.
            if (!found.status) setUncertain(true);
            setFailure(found);
        }
    };

    if (done) {
        return (
            <Card key="done" heading={t('reset.doneHeading')}>
                <Notice kind="good">
                    <p>{t('reset.doneLead')}</p>
                </Notice>
                <p>{t('reset.doneSessions')}</p>
                <Helpdesk settings={settings} />
            </Card>
        );
    }
    return (
        <Card key="form" heading={t('change.heading')}>
            <ErrorSummary errors={errors} />
            <FailureNotice failure={failure} />
            <form
                class="stack"
                noValidate
                aria-busy={busy}
                onSubmit={(event) => {
                    event.preventDefault();
                    if (!busy) void submit();
                }}
            >
                <p>
                    {t('change.lead')} <a href="/reset">{t('change.forgotten')}</a>
                </p>
                <Field
                    id="user-name"
                    name="username"
                    label={t('common.userName')}
                    hint={t('common.userNameHint')}
                    inputMode="email"
                    autoComplete="username"
                    value={userName}
                    error={errors['user-name']}
                    onInput={setUserName}
                />
                <PasswordField
                    id="current-password"
                    label={t('change.current')}
                    hint={rejected && t('change.rejectedHint')}
                    autocomplete="current-password"
                    value={currentPassword}
                    error={errors['current-password']}
                    onInput={setCurrent}
                />
                <PasswordField
                    id="new-password"
                    label={t('common.newPassword')}
                    hint={t('password.advice')}
                    autocomplete="new-password"
                    describedBy="rules"
                    value={newPassword}
                    error={errors['new-password']}
                    onInput={setNew}
                />
                {settings && <Checklist id="rules" rules={rules(newPassword, userName, settings)} />}
                <div class="row">
                    <Button type="submit" busy={busy}>
                        {t('change.button')}
                    </Button>
                </div>
            </form>
            <p class="visually-hidden" role="status">
                {busy ? t('common.working') : ''}
            </p>
        </Card>
    );
}
