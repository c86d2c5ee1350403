import { Field } from '../../components/Field';
import { t } from '../../language';
import { Frame } from './Frame';
import type { StepProps } from './Reset';

/** Asks who the person is. */
export function NameStep(props: StepProps) {
    const { state, errors, refuse, change, choose } = props;
    const submit = () => {
        const userName = state.userName.trim();
        if (!userName) refuse({ 'user-name': t('common.userNameMissing') });
        else if (!/^[^\s@]+@[^\s@]+$/.test(userName)) refuse({ 'user-name': t('common.userNameMalformed') });
        else choose({ userName, method: undefined });
    };
    return (
        <Frame {...props} heading={t('reset.nameHeading')} onSubmit={submit}>
            <p>{t('reset.nameLead')}</p>
            <Field
                id="user-name"
                name="username"
                label={t('common.userName')}
                hint={t('common.userNameHint')}
                inputMode="email"
                autoComplete="username"
                value={state.userName}
                error={errors['user-name']}
                onInput={(userName) => change({ userName })}
            />
        </Frame>
    );
}
