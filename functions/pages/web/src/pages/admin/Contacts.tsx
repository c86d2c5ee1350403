import type { ComponentChildren } from 'preact';
import { type Key, t } from '../../language';
import { MissingPart } from './Trouble';
import type { Parts } from './Person';
import { type Contact, type RegisteredMethod, type User } from './graph';
import { day } from './time';

const PHONES: Record<string, string> = { mobilePhone: 'mobile', alternateMobilePhone: 'alternateMobile', officePhone: 'office' };

/** A contact with its value, if the caller may see it. */
export interface Row {
    type: string;
    origin: Contact['origin'];
    value: string | undefined;
    /** The registered method's id. */
    id?: string | undefined;
    contact?: Contact;
}

/** All that a reset could use, in the order of the report. */
export function rowsOf(user: User, methods: RegisteredMethod[] | undefined, contacts: Contact[] | undefined): Row[] {
    const registered = (methods ?? []).flatMap((method): Row[] => {
        const { id, phoneNumber, phoneType, emailAddress } = method;
        if (emailAddress) return [{ type: 'email', origin: 'registered', value: emailAddress, id }];
        const type = Object.keys(PHONES).find((name) => PHONES[name] === phoneType);
        return type ? [{ type, origin: 'registered', value: phoneNumber, id }] : [];
    });
    const profile = [
        ...(user.mobilePhone ? [['mobilePhone', user.mobilePhone]] : []),
        ...user.businessPhones.map((phone) => ['officePhone', phone]),
        ...user.otherMails.map((mail) => ['email', mail]),
    ].map(([type, value]): Row => ({ type: type!, origin: 'profile', value }));
    const known = [...registered, ...profile];
    if (!contacts) return known;
    return contacts.map((contact) => {
        const at = known.findIndex(({ type, origin }) => type === contact.type && origin === contact.origin);
        const [row] = at < 0 ? [] : known.splice(at, 1);
        return { type: contact.type, origin: contact.origin, value: row?.value, id: row?.id, contact };
    });
}

interface Props {
    parts: Parts;
    user: User;
    /** What can be done with a row. */
    beside?: (row: Row) => ComponentChildren;
    children?: ComponentChildren;
}

/** Contacts and methods in one list: which of them a reset would use now, and why not the others. */
export function Contacts({ parts: { registration, methods }, user, beside, children }: Props) {
    const rows = rowsOf(user, methods.data, registration.data?.contacts);
    const missing = registration.failure?.status === 404;
    const report = registration.data;
    return (
        <section class="card stack" aria-labelledby="contacts">
            <h2 id="contacts">{t('admin.contacts')}</h2>
            {missing ? <p>{t('admin.disabledContacts')}</p> : <MissingPart failure={registration.failure} onRetry={registration.reload} />}
            <MissingPart failure={methods.failure} onRetry={methods.reload} />
            {report && <p>{report.isSsprCapable ? t('admin.contactsLead') : t('admin.contactsTooFew')}</p>}
            {rows.length ? (
                <ul class="list">
                    {rows.map((row, index) => (
                        <li key={index} class="contact">
                            <div>
                                <p>
                                    <span class="quiet">{t(`admin.type-${row.type}` as Key)}</span>{' '}
                                    <span class="value">{row.value}</span>
                                </p>
                                {row.contact && <Use contact={row.contact} />}
                                <p class="quiet small">{origin(row)}</p>
                            </div>
                            {beside?.(row)}
                        </li>
                    ))}
                </ul>
            ) : (
                <p>{t('admin.noContacts')}</p>
            )}
            {report?.reconfirmBy && <p class="quiet">{t('admin.reconfirm', { day: day(report.reconfirmBy) })}</p>}
            {children}
        </section>
    );
}

function Use({ contact: { usable, reason } }: { contact: Contact }) {
    return (
        <p class={`state ${usable ? 'usable' : ''}`}>
            <svg viewBox="0 0 20 20" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2.5">
                {usable ? <path d="M3 11l4.5 4.5L17 5" /> : <path d="M5 5l10 10M15 5L5 15" />}
            </svg>
            <span>
                {usable && t('admin.usable')} {reason && t(`admin.reason-${reason}` as Key)}
            </span>
        </p>
    );
}

function origin({ origin: from, contact }: Row): string {
    if (!contact) return t(`admin.origin-${from}` as Key);
    const values = { day: day(contact.setDateTime) };
    const set = t(`admin.set-${from}-${contact.source}` as Key, values);
    const proved = contact.verifiedDateTime && t('admin.proved', { day: day(contact.verifiedDateTime) });
    return [set, proved].filter(Boolean).join(' ');
}
