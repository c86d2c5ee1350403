import { Field } from '../../components/Field';
import { t } from '../../language';
import { Frame } from './Frame';
import type { StepProps } from './Reset';
import { isNumber } from './state';

/** Asks for the number on file, because a code goes to nobody who does not know it. */
export function NumberStep(props: StepProps) {
    const { state, settings, errors, refuse, change, choose, go } = props;
    const submit = () => {
        if (!isNumber(state.phoneNumber)) refuse({ number: t('reset.numberMalformed') });
        else choose({ phoneNumber: state.phoneNumber });
    };
    const office = state.method === 'officeCall';
    const more = state.gateToken || !settings || settings.methods.length > 1;
    return (
        <Frame
            {...props}
            heading={office ? t('reset.officeHeading') : t('reset.mobileHeading')}
            submit={t('reset.send')}
            other={[t('common.back'), () => go(more ? 'method' : 'name')]}
            onSubmit={submit}
        >
            <p>{t('reset.numberLead')}</p>
            <Field
                id="number"
                name="tel"
                label={office ? t('reset.officeNumber') : t('reset.mobileNumber')}
                hint={t('reset.numberHint')}
                type="tel"
                autoComplete={office ? 'work tel' : 'mobile tel'}
                value={state.phoneNumber}
                error={errors.number}
                onInput={(phoneNumber) => change({ phoneNumber })}
            />
        </Frame>
    );
}
