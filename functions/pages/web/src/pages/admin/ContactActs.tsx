import { useState } from 'preact/hooks';
import { Button } from '../../components/Button';
import { t } from '../../language';
import { ContactForm } from './ContactForm';
import { Contacts, type Row, rowsOf } from './Contacts';
import { AddMethod, RemoveMethod, addable } from './Methods';
import type { Parts } from './Person';
import type { User } from './graph';
import type { Act } from './offers';
import type { Outcome } from './useAct';

interface Props {
    parts: Parts;
    user: User;
    offered: (act: Act) => boolean;
    outcome: Outcome;
}

/** The contacts of a person, and what the caller can do with them. */
export function ContactActs({ parts, user, offered, outcome }: Props) {
    const [asked, ask] = useState<'form' | 'add' | Row>();
    // Without the methods nobody knows which of them can be added.
    const known = parts.methods.data;
    const types = known ? addable(rowsOf(user, known, undefined)) : [];
    const close = () => ask(undefined);
    const remove = (row: Row) =>
        row.id && offered('methods') ? (
            <Button look="secondary" aria-label={t('admin.removeNamed', { value: row.value ?? '' })} onClick={() => ask(row)}>
                {t('admin.remove')}
            </Button>
        ) : null;
    return (
        <Contacts parts={parts} user={user} beside={remove}>
            <div class="row">
                {offered('contacts') && (
                    <Button look="secondary" onClick={() => ask('form')}>
                        {t('admin.changeContacts')}
                    </Button>
                )}
                {offered('methods') && types.length > 0 && (
                    <Button look="secondary" onClick={() => ask('add')}>
                        {t('admin.addMethod')}
                    </Button>
                )}
            </div>
            {asked === 'form' && <ContactForm user={user} outcome={outcome} onClose={close} />}
            {asked === 'add' && <AddMethod user={user} types={types} outcome={outcome} onClose={close} />}
            {typeof asked === 'object' && <RemoveMethod user={user} row={asked} outcome={outcome} onClose={close} />}
        </Contacts>
    );
}
