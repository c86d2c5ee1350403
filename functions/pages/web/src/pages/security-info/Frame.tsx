import type { ComponentChildren } from 'preact';
import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { span } from '../../components/Countdown';
import { ErrorSummary } from '../../components/ErrorSummary';
import { FailureNotice } from '../../components/FailureNotice';
import { Notice } from '../../components/Notice';
import { quantity, t } from '../../language';
import type { StepProps } from './SecurityInfo';

interface Props extends StepProps {
    heading: string;
    children?: ComponentChildren;
    /** What stands below the form. */
    below?: ComponentChildren;
    onSubmit: () => void;
    submit: string;
    danger?: boolean;
    /** The way back, if it is not to the overview. */
    other?: readonly [string, () => void];
}

/** A step with its form, and what went wrong. */
export function Frame({ session, errors, failure, busy, heading, children, below, onSubmit, submit, danger, other, leave }: Props) {
    const [back, goBack] = other ?? [t('securityInfo.cancel'), leave];
    return (
        <Card heading={heading}>
            <ErrorSummary errors={errors} />
            <Trouble failure={failure} />
            <SignedInAgain session={session} />
            <form
                class="stack"
                noValidate
                aria-busy={busy}
                onSubmit={(event) => {
                    event.preventDefault();
                    if (!busy) onSubmit();
                }}
            >
                {children}
                <div class="row">
                    <Button type="submit" busy={busy} look={danger ? 'danger' : 'primary'}>
                        {submit}
                    </Button>
                    <Button look="link" onClick={goBack}>
                        {back}
                    </Button>
                </div>
            </form>
            {below}
            <p class="visually-hidden" role="status">
                {busy ? t('common.working') : ''}
            </p>
        </Card>
    );
}

/** Says that a new sign-in led back to the same place. */
export function SignedInAgain({ session }: Pick<StepProps, 'session'>) {
    // Once the API accepted the token, the person has gone on.
    if (!session.again || session.worked) return null;
    return (
        <Notice>
            <p>{t('securityInfo.signedInAgain')}</p>
        </Notice>
    );
}

const HOUR_SECONDS = 3600;
const wait = (seconds: number) =>
    seconds < 2 * HOUR_SECONDS ? span(seconds) : quantity(Math.ceil(seconds / HOUR_SECONDS), 'hour');

/** Says why a call failed. For one who has signed in, only the number of codes is limited. */
export function Trouble({ failure }: Pick<StepProps, 'failure'>) {
    if (failure?.code === 'rate-limited') {
        return (
            <Notice kind="error" title={t('securityInfo.limitedTitle')}>
                <p>{t('securityInfo.limited', { wait: wait(failure.wait || HOUR_SECONDS) })}</p>
            </Notice>
        );
    }
    if (failure?.code === 'conflict') {
        return (
            <Notice kind="error" title={t('common.failedTitle')}>
                <p>{t('securityInfo.conflict')}</p>
            </Notice>
        );
    }
    return <FailureNotice failure={failure} />;
}
