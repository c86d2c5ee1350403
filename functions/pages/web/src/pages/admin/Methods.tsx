import { useState } from 'preact/hooks';
import type { Failure } from '../../api';
import { Choices } from '../../components/Choices';
import { type Errors, ErrorSummary } from '../../components/ErrorSummary';
import { Field } from '../../components/Field';
import { type Key, t } from '../../language';
import type { Row } from './Contacts';
import { Dialog } from './Dialog';
import { type User, graph, userPath } from './graph';
import { refusalText } from './refusal';
import { type Outcome, useAct } from './useAct';

/** The types that a person can have once each, with the `phoneType` of a phone. */
const TYPES = { mobilePhone: 'mobile', alternateMobilePhone: 'alternateMobile', officePhone: 'office', email: undefined };
type Type = keyof typeof TYPES;

/** The types that can be added. A second mobile phone needs a first one. */
export function addable(rows: Row[]): Type[] {
    const has = (type: string) => rows.some((row) => row.origin === 'registered' && row.type === type);
    return (Object.keys(TYPES) as Type[]).filter((type) => !has(type) && (type !== 'alternateMobilePhone' || has('mobilePhone')));
}

interface Props {
    user: User;
    outcome: Outcome;
    onClose: () => void;
}

/** Registers a method for a person. */
export function AddMethod({ user, types, outcome, onClose }: Props & { types: Type[] }) {
    const { busy, failure, run } = useAct('methods', outcome);
    const [type, setType] = useState(types[0]!);
    const [value, setValue] = useState('');
    const [errors, refuse] = useState<Errors>({});
    const phoneType = TYPES[type];
    const name = user.displayName ?? user.userPrincipalName;
    const path = `${userPath(user.id)}/authentication/${phoneType ? 'phoneMethods' : 'emailMethods'}`;

    const place = ({ status, detail }: Failure): boolean => {
        if (status !== 400) return false;
        refuse({ method: refusalText(detail) });
        return true;
    };
    const submit = () => {
        refuse({});
        const text = value.trim();
        if (!text) return refuse({ method: phoneType ? t('admin.numberMalformed') : t('admin.addressMalformed') });
        const body = phoneType ? { phoneNumber: text, phoneType } : { emailAddress: text };
        return run(
            () => graph(path, { method: 'POST', body }),
            () => {
                outcome.done(t('admin.addDone', { name }));
                onClose();
            },
            place,
        );
    };

    return (
        <Dialog
            heading={t('admin.addHeading', { name })}
            submit={t('admin.addMethod')}
            busy={busy}
            failure={failure}
            onSubmit={() => void submit()}
            onClose={onClose}
        >
            <p>{t('admin.addLead')}</p>
            <ErrorSummary errors={errors} />
            <Choices
                id="type"
                legend={t('admin.methodType')}
                value={type}
                choices={types.map((one) => ({ value: one, label: t(`admin.type-${one}` as Key) }))}
                onChange={(chosen) => {
                    setType(chosen as Type);
                    refuse({});
                }}
            />
            <Field
                id="method"
                type={phoneType ? 'tel' : 'email'}
                autoComplete="off"
                label={phoneType ? t('admin.number') : t('admin.address')}
                hint={phoneType ? t('admin.numberHint') : undefined}
                value={value}
                error={errors.method}
                onInput={setValue}
            />
        </Dialog>
    );
}

/** Removes a registered method. */
export function RemoveMethod({ user, row, outcome, onClose }: Props & { row: Row }) {
    const { busy, failure, run } = useAct('methods', outcome);
    const name = user.displayName ?? user.userPrincipalName;
    const collection = row.type === 'email' ? 'emailMethods' : 'phoneMethods';
    const submit = () =>
        run(
            () => graph(`${userPath(user.id)}/authentication/${collection}/${row.id}`, { method: 'DELETE' }),
            () => {
                outcome.done(t('admin.removeDone', { name }));
                onClose();
            },
        );
    return (
        <Dialog
            heading={t('admin.removeHeading', { value: row.value ?? '' })}
            submit={t('admin.remove')}
            danger
            busy={busy}
            failure={failure}
            onSubmit={() => void submit()}
            onClose={onClose}
        >
            <p>{t('admin.removeLead')}</p>
        </Dialog>
    );
}
