import { useEffect, useState } from 'preact/hooks';
import { Checklist } from '../../components/Checklist';
import { PasswordField } from '../../components/PasswordField';
import { t } from '../../language';
import { refusal, rules } from '../../password';
import { loadSettings } from '../../settings';
import { Frame } from './Frame';
import type { StepProps } from './Reset';
import { complete } from './state';

/** Asks for the new password. A refused password costs nothing but another try. */
export function PasswordStep(props: StepProps) {
    const { state, settings, errors, refuse, run } = props;
    const [password, setPassword] = useState('');
    useEffect(() => {
        // After a reload the settings may not be there yet.
        if (!settings) run(() => loadSettings().then(() => state));
    }, []);
    const submit = () => {
        const refused = settings && refusal(password, state.userName, settings);
        if (refused) refuse({ 'new-password': refused });
        else run(() => complete(state, password));
    };
    return (
        <Frame {...props} heading={t('reset.passwordHeading')} submit={t('reset.setPassword')} onSubmit={submit}>
            <p id="advice">{t('password.advice')}</p>
            <input type="text" name="username" autoComplete="username" value={state.userName} readOnly hidden />
            <PasswordField
                id="new-password"
                label={t('common.newPassword')}
                autocomplete="new-password"
                describedBy="rules"
                value={password}
                error={errors['new-password']}
                onInput={setPassword}
            />
            {settings && <Checklist id="rules" rules={rules(password, state.userName, settings)} />}
        </Frame>
    );
}
