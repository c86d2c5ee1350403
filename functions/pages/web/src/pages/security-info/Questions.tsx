import { Button } from '../../components/Button';
import { t } from '../../language';
import type { StepProps } from './SecurityInfo';
import { OVERVIEW, freshen, keep } from './state';

/** How many security questions are answered. It shows nothing if the organisation has none, and nobody answered any. */
export function Questions({ session, settings, registration, busy, go, run }: StepProps) {
    const { registered, required } = registration.securityQuestions;
    const offered = settings.methods.includes('securityQuestions');
    if (!offered && !registered) return null;
    const answer = () =>
        run(async () => {
            // If that takes a new sign-in, the page comes back to the questions.
            keep(session.userName, { step: 'questions' });
            try {
                await freshen();
            } catch (error) {
                keep(session.userName, OVERVIEW);
                throw error;
            }
            return { step: 'questions' };
        });
    return (
        <section class="stack">
            <h2>{t('securityInfo.securityQuestions')}</h2>
            <p>{registered ? t('securityInfo.questionsCount', { count: registered }) : t('securityInfo.questionsNone')}</p>
            {registered > 0 && registered < required && <p>{t('securityInfo.questionsTooFew', { count: required })}</p>}
            <p class="hint">{t('securityInfo.questionsHint')}</p>
            <div class="row">
                {offered && (
                    <Button look="secondary" busy={busy} onClick={answer}>
                        {registered ? t('securityInfo.changeQuestions') : t('securityInfo.setQuestions')}
                    </Button>
                )}
                {registered > 0 && (
                    <Button look="link" onClick={() => go({ step: 'remove', removing: 'securityQuestions' })}>
                        {t('securityInfo.remove')}
                        <span class="visually-hidden"> {t('securityInfo.securityQuestions')}</span>
                    </Button>
                )}
            </div>
        </section>
    );
}
