import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { Notice } from '../../components/Notice';
import { t } from '../../language';
import { ContactList } from './ContactList';
import { SignedInAgain, Trouble } from './Frame';
import { day } from './day';
import { NotMe } from './NotMe';
import { Questions } from './Questions';
import type { StepProps } from './SecurityInfo';
import { type Draft, addable, confirm, deliveries } from './state';

/** All that is on file, and what can be done about it. */
export function Overview(props: StepProps) {
    const { session, settings, registration, state, busy, failure, go, signOut } = props;
    const { methods, suggested } = registration;
    const has = (type: string) => methods.some((method) => method.type === type);
    const add = (type: Draft['type'], value = '', delivery = deliveries(settings)[0]!) =>
        go({ step: 'contact', draft: { type, value, delivery } });
    const adding = addable(settings).filter((type) => !has(type));

    return (
        <>
            <div class="row account">
                <span class="quiet">{t('securityInfo.signedInAs', { userName: session.userName })}</span>
                <Button look="link" onClick={signOut}>
                    {t('securityInfo.signOut')}
                </Button>
            </div>
            <Card heading={t('securityInfo.heading')}>
                <Trouble failure={failure} />
                <SignedInAgain session={session} />
                {state.done && !failure && (
                    <Notice kind="good">
                        <p>{t(`securityInfo.done-${state.done}`)}</p>
                    </Notice>
                )}
                <p>{t('securityInfo.lead')}</p>
                <p>
                    <strong>
                        {registration.registered
                            ? t('securityInfo.registered')
                            : t('securityInfo.notYet', { count: registration.methodsRequired })}
                    </strong>
                </p>
                <section class="stack">
                    <h2>{t('securityInfo.methods')}</h2>
                    {methods.length > 0 ? <ContactList {...props} contacts={methods} onAdd={add} /> : <p>{t('securityInfo.noMethods')}</p>}
                </section>
                {suggested.length > 0 && (
                    <section class="stack">
                        <h2>{t('securityInfo.suggested')}</h2>
                        <p>{t('securityInfo.suggestedLead')}</p>
                        <ContactList {...props} contacts={suggested} onAdd={add} suggested />
                    </section>
                )}
                {adding.length > 0 && (
                    <div class="row">
                        {adding.map((type) => (
                            <Button key={type} look="secondary" onClick={() => add(type)}>
                                {t(`securityInfo.add-${type}`)}
                            </Button>
                        ))}
                    </div>
                )}
                <Questions {...props} />
                <Confirmation {...props} />
                <NotMe settings={settings} />
                <p class="visually-hidden" role="status">
                    {busy ? t('common.working') : ''}
                </p>
            </Card>
        </>
    );
}

/** Lets the person say that all is still right. */
function Confirmation({ registration, busy, run }: StepProps) {
    const { methods, reconfirmBy } = registration;
    if (!methods.length) return null;
    const overdue = reconfirmBy && Date.parse(reconfirmBy) <= Date.now();
    const submit = () =>
        run(async () => {
            await confirm();
            return { step: 'overview', done: 'confirmed' };
        });
    return (
        <section class="stack">
            {reconfirmBy && <p>{overdue ? t('securityInfo.confirmOverdue') : t('securityInfo.confirmBy', { date: day(reconfirmBy) })}</p>}
            <div class="row">
                <Button busy={busy} onClick={submit}>
                    {t('securityInfo.confirm')}
                </Button>
            </div>
        </section>
    );
}
