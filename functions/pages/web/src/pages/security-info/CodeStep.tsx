import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../components/Button';
import { useSecondsUntil } from '../../components/Countdown';
import { Field } from '../../components/Field';
import { Helpdesk } from '../../components/Helpdesk';
import { Notice } from '../../components/Notice';
import { rich, t } from '../../language';
import { awaitTextMessage } from '../reset/webOtp';
import { refusal } from './ContactStep';
import { Frame } from './Frame';
import type { StepProps } from './SecurityInfo';
import { digitsOf, order, verify } from './state';

const CODE = /^\d{6,10}$/;

/** Takes the code that proves that the contact is the person's. */
export function CodeStep(props: StepProps) {
    const { settings, state, errors, busy, failure, go, refuse, run } = props;
    const [code, setCode] = useState('');
    const [again, setAgain] = useState(false);
    const draft = state.draft!;
    const challenge = state.challenge!;
    const channel = draft.type === 'email' ? 'email' : draft.delivery;
    const expired = useSecondsUntil(challenge.until) === 0;
    const value = <bdi class="value">{draft.value}</bdi>;

    useEffect(() => (channel === 'sms' ? awaitTextMessage(setCode) : undefined), [challenge.id]);

    const submit = () => {
        const typed = digitsOf(code);
        if (!CODE.test(typed)) refuse({ code: t('securityInfo.codeMalformed', { count: settings.codeDigits }) });
        else {
            run(
                async () => {
                    await verify(challenge, typed);
                    return { step: 'overview', done: 'contact' };
                },
                (failure) => (failure.code === 'code-rejected' ? { code: t('reset.codeRejected') } : undefined),
            );
        }
    };
    const resend = () => {
        setCode('');
        setAgain(true);
        run(
            async () => ({ ...state, challenge: await order(draft) }),
            (failure) => {
                const refused = refusal(draft, failure);
                return refused && { code: refused.contact! };
            },
        );
    };

    return (
        <Frame
            {...props}
            heading={t('reset.codeHeading')}
            submit={t('common.continue')}
            onSubmit={submit}
            other={[t('securityInfo.anotherContact'), () => go({ step: 'contact', draft })]}
            below={
                <details>
                    <summary>{t('reset.nothingComes')}</summary>
                    <ul>
                        <li>{t('securityInfo.nothingWait')}</li>
                        <li>{rich('securityInfo.nothingCheck', { value })}</li>
                        <li>{t('securityInfo.nothingLimit')}</li>
                    </ul>
                    <Helpdesk settings={settings} />
                    {!expired && (
                        <Button look="secondary" busy={busy} onClick={resend}>
                            {t('securityInfo.newCode')}
                        </Button>
                    )}
                </details>
            }
        >
            <p>{rich(`securityInfo.codeLead-${channel}`, { value })}</p>
            <p>
                {rich(channel === 'call' ? 'reset.referenceCall' : 'reset.reference', {
                    reference: <strong class="reference">{challenge.reference}</strong>,
                })}
            </p>
            {again && !busy && !failure && !expired && (
                <Notice>
                    <p>{t('securityInfo.orderedAgain')}</p>
                </Notice>
            )}
            {expired && (
                <Notice>
                    <p>{t('reset.codeExpired')}</p>
                    <Button look="secondary" busy={busy} onClick={resend}>
                        {t('securityInfo.newCode')}
                    </Button>
                </Notice>
            )}
            <Field
                id="code"
                name="one-time-code"
                class="code"
                label={t('reset.code')}
                hint={t('reset.codeHint', { count: settings.codeDigits })}
                inputMode="numeric"
                autoComplete="one-time-code"
                value={code}
                error={errors.code}
                onInput={setCode}
            />
        </Frame>
    );
}
