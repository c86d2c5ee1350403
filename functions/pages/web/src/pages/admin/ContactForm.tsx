import { useState } from 'preact/hooks';
import type { Failure } from '../../api';
import { type Errors, ErrorSummary } from '../../components/ErrorSummary';
import { Field } from '../../components/Field';
import { t } from '../../language';
import { Dialog } from './Dialog';
import { type User, graph, userPath } from './graph';
import { mayChangePhones } from './offers';
import { refusalText } from './refusal';
import { type Outcome, useAct } from './useAct';

interface Props {
    user: User;
    outcome: Outcome;
    onClose: () => void;
}

/** Changes the contacts on file: the mobile phone, the office phone and the other addresses. */
export function ContactForm({ user, outcome, onClose }: Props) {
    const { busy, failure, run } = useAct('contacts', outcome);
    const [mobile, setMobile] = useState(user.mobilePhone ?? '');
    const [office, setOffice] = useState(user.businessPhones[0] ?? '');
    // One more field waits for a new address.
    const [mails, setMails] = useState([...user.otherMails, '']);
    const [errors, refuse] = useState<Errors>({});
    const phones = mayChangePhones(user);
    const name = user.displayName ?? user.userPrincipalName;

    const filled = mails.map((mail) => mail.trim());
    const addresses = filled.filter(Boolean);
    const changes = {
        ...(phones && mobile.trim() !== (user.mobilePhone ?? '') && { mobilePhone: mobile.trim() || null }),
        ...(phones && office.trim() !== (user.businessPhones[0] ?? '') && { businessPhones: office.trim() ? [office.trim()] : [] }),
        ...(addresses.join('\n') !== user.otherMails.join('\n') && { otherMails: addresses }),
    };

    // A refusal names the property, and the place in a list.
    const place = ({ status, detail }: Failure): boolean => {
        if (status !== 400) return false;
        const [, property, index] = detail.match(/^(mobilePhone|businessPhones|otherMails)(?:\[(\d+)\])?/) ?? [];
        if (!property) return false;
        const places = filled.flatMap((mail, at) => (mail ? [at] : []));
        const id = property === 'otherMails' ? `otherMails-${places[Number(index ?? 0)] ?? 0}` : property;
        refuse({ [phones || property === 'otherMails' ? id : 'otherMails-0']: refusalText(detail) });
        return true;
    };
    const submit = () => {
        refuse({});
        if (!Object.keys(changes).length) return onClose();
        return run(
            () => graph(userPath(user.id), { method: 'PATCH', body: changes }),
            () => {
                outcome.done(t('admin.contactsDone', { name }));
                onClose();
            },
            place,
        );
    };

    return (
        <Dialog
            heading={t('admin.contactsHeading', { name })}
            submit={t('admin.save')}
            busy={busy}
            failure={failure}
            onSubmit={() => void submit()}
            onClose={onClose}
        >
            <p>{t('admin.contactsFormLead')}</p>
            <ErrorSummary errors={errors} />
            {phones ? (
                <>
                    <Field
                        id="mobilePhone"
                        type="tel"
                        autoComplete="off"
                        label={t('admin.mobilePhone')}
                        hint={t('admin.numberHint')}
                        value={mobile}
                        error={errors.mobilePhone}
                        onInput={setMobile}
                    />
                    <Field
                        id="businessPhones"
                        type="tel"
                        autoComplete="off"
                        label={t('admin.officePhone')}
                        hint={t('admin.officeHint')}
                        value={office}
                        error={errors.businessPhones}
                        onInput={setOffice}
                    />
                </>
            ) : (
                <p>{t('admin.numberDirectory')}</p>
            )}
            {mails.map((mail, index) => (
                <Field
                    key={index}
                    id={`otherMails-${index}`}
                    type="email"
                    autoComplete="off"
                    label={t('admin.otherMail', { number: index + 1 })}
                    hint={index ? undefined : t('admin.otherMailHint')}
                    value={mail}
                    error={errors[`otherMails-${index}`]}
                    onInput={(value) => setMails(mails.map((known, at) => (at === index ? value : known)))}
                />
            ))}
        </Dialog>
    );
}
