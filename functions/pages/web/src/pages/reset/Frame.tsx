import type { ComponentChildren } from 'preact';
import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { ErrorSummary } from '../../components/ErrorSummary';
import { FailureNotice } from '../../components/FailureNotice';
import { Progress } from '../../components/Progress';
import { t } from '../../language';
import type { StepProps } from './Reset';

const PARTS = { name: 0, method: 1, number: 1, code: 1, questions: 1, password: 2, done: 3, ended: 0 };

interface Props extends StepProps {
    heading: string;
    children: ComponentChildren;
    /** What stands below the form. */
    below?: ComponentChildren;
    onSubmit: () => void;
    /** The text of the button that submits. */
    submit?: string;
    /** Another way on, with its text. */
    other?: readonly [string, () => void] | false | undefined;
}

/** A step with its progress, its form, and what went wrong. */
export function Frame({ state, errors, failure, busy, heading, children, below, onSubmit, submit = t('common.continue'), other }: Props) {
    const parts = [t('reset.partName'), t('reset.partProof'), t('common.newPassword')];
    return (
        <Card heading={heading} before={<Progress parts={parts} now={PARTS[state.step]} />}>
            <ErrorSummary errors={errors} />
            <FailureNotice failure={failure} />
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
                    <Button type="submit" busy={busy}>
                        {submit}
                    </Button>
                    {other && (
                        <Button look="link" onClick={other[1]}>
                            {other[0]}
                        </Button>
                    )}
                </div>
            </form>
            {below}
            <p class="visually-hidden" role="status">
                {busy ? t('common.working') : ''}
            </p>
        </Card>
    );
}
