import { Button } from '../../components/Button';
import { type Key, t } from '../../language';
import { day } from './day';
import type { StepProps } from './SecurityInfo';
import type { Contact, Delivery, Draft } from './state';

// The reasons for which there is a sentence.
const REASONS = [
    'methodNotOffered',
    'notRegistered',
    'superseded',
    'notFirst',
    'removed',
    'waiting',
    'countryNotAllowed',
    'fixedLine',
    'ownMailbox',
    'bounced',
    'complained',
    'optedOut',
];

const reasonText = (reason: string | null) => t(`securityInfo.${reason && REASONS.includes(reason) ? reason : 'otherReason'}` as Key);

function Usable({ usable, reason }: Contact) {
    return (
        <p class={usable ? 'state usable' : 'state'}>
            <svg viewBox="0 0 20 20" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2">
                <circle cx="10" cy="10" r="8" />
                <path d={usable ? 'M6 10.5l2.5 2.5L14 7.5' : 'M10 5.5v5.5M10 13v2'} />
            </svg>
            <span>{usable ? t('securityInfo.usable') : t('securityInfo.unusable', { reason: reasonText(reason) })}</span>
        </p>
    );
}

interface Props extends StepProps {
    contacts: Contact[];
    /** Whether these are on file only, and not yet the person's own. */
    suggested?: boolean;
    onAdd: (type: Draft['type'], value?: string, delivery?: Delivery) => void;
}

/** Contacts, each with its origin, whether a reset can use it, and what can be done. */
export function ContactList({ contacts, suggested = false, onAdd, go }: Props) {
    return (
        <ul class="list">
            {contacts.map((contact) => (
                <li key={`${contact.type} ${contact.value}`}>
                    <p class="quiet">{t(`securityInfo.${contact.type}`)}</p>
                    <p>
                        <bdi class="value">{contact.value}</bdi>
                    </p>
                    <p class="hint">
                        {contact.verifiedAt
                            ? t('securityInfo.verified', { date: day(contact.verifiedAt) })
                            : t(`securityInfo.set-${contact.source}`, { date: day(contact.setAt) })}
                    </p>
                    <Usable {...contact} />
                    <Actions {...{ contact, suggested, onAdd, go }} />
                </li>
            ))}
        </ul>
    );
}

// A reset would refuse these after a proof, too.
const NOT_WORTH_A_PROOF = ['methodNotOffered', 'countryNotAllowed', 'ownMailbox'];

type ActionsProps = Pick<Props, 'onAdd' | 'go'> & { contact: Contact; suggested: boolean };

function Actions({ contact: { type, value, reason }, suggested, onAdd, go }: ActionsProps) {
    // The value tells buttons of one name apart.
    const button = (text: string, onClick: () => void, look: 'link' | 'secondary' = 'link') => (
        <Button look={look} onClick={onClick}>
            {text}
            <span class="visually-hidden"> {value}</span>
        </Button>
    );
    const confirmable = suggested && type !== 'officePhone' && !NOT_WORTH_A_PROOF.includes(reason ?? '');
    const prove = () => type !== 'officePhone' && onAdd(type, value, reason === 'fixedLine' ? 'call' : undefined);
    return (
        <div class="row">
            {type === 'officePhone' && <p class="hint">{t('securityInfo.officeOnly')}</p>}
            {confirmable && button(t('securityInfo.confirmValue'), prove, 'secondary')}
            {!suggested && type !== 'officePhone' && button(t('securityInfo.change'), () => onAdd(type))}
            {!suggested && button(t('securityInfo.remove'), () => go({ step: 'remove', removing: type }))}
        </div>
    );
}
