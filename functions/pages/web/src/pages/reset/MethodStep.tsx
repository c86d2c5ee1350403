import { useEffect } from 'preact/hooks';
import { Choices } from '../../components/Choices';
import { t } from '../../language';
import { loadSettings, type Method } from '../../settings';
import { Frame } from './Frame';
import type { StepProps } from './Reset';
import { choices, needsNumber } from './state';

/** Asks by which method the person wants to prove who they are. */
export function MethodStep(props: StepProps) {
    const { state, settings, errors, refuse, change, choose, go, run } = props;
    const load = () => run(() => loadSettings().then(() => state));
    useEffect(() => {
        // After a reload the settings may not be there yet.
        if (!settings) load();
    }, []);
    const second = state.gateToken !== undefined;
    const submit = () => {
        if (!settings) load();
        else if (!state.method) refuse({ method: t('reset.methodMissing') });
        else choose({ method: state.method });
    };
    const sends = state.method !== 'securityQuestions' && state.method && settings && !needsNumber(state.method, settings);
    const heading = second ? t('reset.secondHeading') : t('reset.methodHeading');
    return (
        <Frame
            {...props}
            heading={heading}
            submit={sends ? t('reset.send') : t('common.continue')}
            other={(!second || state.order) && [t('common.back'), () => go(state.order ? 'code' : 'name')]}
            onSubmit={submit}
        >
            <p>{second ? t('reset.secondLead') : t('reset.methodLead')}</p>
            {settings && (
                <Choices
                    id="method"
                    legend={heading}
                    value={state.method}
                    error={errors.method}
                    choices={choices(state, settings).map((method) => ({
                        value: method,
                        label: t(`methods.${method}`),
                    }))}
                    onChange={(method) => {
                        // The number of another phone does not help.
                        const samePhone = (method === 'officeCall') === (state.method === 'officeCall');
                        change({ method: method as Method, ...(samePhone ? {} : { phoneNumber: '' }) });
                    }}
                />
            )}
        </Frame>
    );
}
