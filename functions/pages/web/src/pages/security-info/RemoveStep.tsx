import { t } from '../../language';
import { Frame } from './Frame';
import type { StepProps } from './SecurityInfo';
import { remove } from './state';

const GONE = 404;

/** Asks once more before something is removed. */
export function RemoveStep(props: StepProps) {
    const { registration, state, run } = props;
    const what = state.removing!;
    const contact = registration.methods.find(({ type }) => type === what);
    const questions = what === 'securityQuestions';
    const last = registration.registered && !questions && registration.methods.length <= registration.methodsRequired;
    const submit = () =>
        run(async () => {
            await remove(what).catch((error) => {
                // It is gone already.
                if (error.status !== GONE) throw error;
            });
            return { step: 'overview', done: 'removed' };
        });
    return (
        <Frame
            {...props}
            heading={t('securityInfo.removeHeading', { what: questions ? t('securityInfo.removeQuestions') : (contact?.value ?? t(`securityInfo.${what}`)) })}
            submit={t('securityInfo.remove')}
            danger
            onSubmit={submit}
        >
            <p>{t('securityInfo.removeLead')}</p>
            {last && <p>{t('securityInfo.removeLast')}</p>}
        </Frame>
    );
}
