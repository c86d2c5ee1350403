import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../components/Button';
import { Countdown, useSecondsUntil } from '../../components/Countdown';
import { Field } from '../../components/Field';
import { Helpdesk } from '../../components/Helpdesk';
import { Notice } from '../../components/Notice';
import { rich, t } from '../../language';
import { Frame } from './Frame';
import type { StepProps } from './Reset';
import { channelOf, choices, isCode, normalCode, verify } from './state';
import { awaitTextMessage } from './webOtp';

/** Takes the code of a message. The page never says whether one was sent. */
export function CodeStep(props: StepProps) {
    const { state, settings, errors, busy, refuse, run, choose, go, startAgain } = props;
    const [code, setCode] = useState('');
    const [again, setAgain] = useState(false);
    const order = state.order!;
    const digits = settings?.codeDigits ?? 8;
    const expired = useSecondsUntil(order.codeUntil) === 0;
    const channel = channelOf(order.method);

    useEffect(() => (channel === 'sms' ? awaitTextMessage(setCode) : undefined), [order.method, order.resendAt]);

    const submit = () => {
        if (!isCode(code)) refuse({ code: t('reset.codeMalformed', { count: digits }) });
        else run(() => verify(state, { code: normalCode(code) }));
    };
    const resend = () => {
        setAgain(true);
        setCode('');
        choose({ method: order.method, phoneNumber: order.phoneNumber });
    };
    const others = !settings || choices(state, settings).length > 1;

    return (
        <Frame
            {...props}
            heading={t('reset.codeHeading')}
            other={others ? [t('reset.anotherWay'), () => go('method')] : [t('common.startAgain'), startAgain]}
            onSubmit={submit}
            below={<Trouble {...props} others={others} onResend={resend} />}
        >
            <p>{t(`reset.lead-${channel}`)}</p>
            <p>
                {rich(channel === 'call' ? 'reset.referenceCall' : 'reset.reference', {
                    reference: <strong class="reference">{order.reference}</strong>,
                })}
            </p>
            {again && !busy && !props.failure && !expired && (
                <Notice>
                    <p>{t('reset.orderedAgain')}</p>
                </Notice>
            )}
            {expired && (
                <Notice>
                    <p>{t('reset.codeExpired')}</p>
                </Notice>
            )}
            <Field
                id="code"
                name="one-time-code"
                class="code"
                label={t('reset.code')}
                hint={t(channel === 'email' ? 'reset.codeHintEmail' : 'reset.codeHint', { count: digits })}
                inputMode={channel === 'email' ? 'text' : 'numeric'}
                autoComplete="one-time-code"
                value={code}
                error={errors.code}
                onInput={setCode}
            />
        </Frame>
    );
}

interface TroubleProps extends StepProps {
    others: boolean;
    onResend: () => void;
}

/** What helps if no code comes. It is the same for everybody, so it names every reason. */
function Trouble({ state, settings, busy, others, onResend, startAgain }: TroubleProps) {
    const { method, resendAt } = state.order!;
    const channel = channelOf(method);
    return (
        <div>
            <Countdown until={resendAt} waiting={(wait) => t('reset.resendWait', { wait })}>
                <Button look="secondary" busy={busy} onClick={onResend}>
                    {t(`reset.resend-${channel}`)}
                </Button>
            </Countdown>
            <details>
                <summary>{t('reset.nothingComes')}</summary>
                <ul>
                    <li>{t(channel === 'email' ? 'reset.tipEmail' : 'reset.tipPhone')}</li>
                    <li>{t('reset.tipDetails')}</li>
                    {others && <li>{t('reset.tipAnother')}</li>}
                    <li>{t('reset.tipLimit')}</li>
                    <li>{t('reset.tipHelpdesk')}</li>
                </ul>
                <Helpdesk settings={settings} />
                <Button look="link" onClick={startAgain}>
                    {t('common.startAgain')}
                </Button>
            </details>
        </div>
    );
}
