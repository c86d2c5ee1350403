import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { Helpdesk } from '../../components/Helpdesk';
import { Notice } from '../../components/Notice';
import { t } from '../../language';
import type { StepProps } from './Reset';

/** Says that the password is changed, and what follows. */
export function DoneStep({ settings }: StepProps) {
    return (
        <Card heading={t('reset.doneHeading')}>
            <Notice kind="good">
                <p>{t('reset.doneLead')}</p>
            </Notice>
            <p>{t('reset.doneSessions')}</p>
            {settings?.signIn && (
                <p>
                    <a href="/security-info">{t('reset.doneSecurityInfo')}</a>
                </p>
            )}
            <Helpdesk settings={settings} />
        </Card>
    );
}

/** Says that the time of the reset is over, and that nothing happened. */
export function EndedStep({ settings, startAgain }: StepProps) {
    return (
        <Card heading={t('reset.endedHeading')}>
            <p>{t('reset.endedLead')}</p>
            <div class="row">
                <Button onClick={startAgain}>{t('common.startAgain')}</Button>
            </div>
            <Helpdesk settings={settings} />
        </Card>
    );
}
