import { useEffect, useRef, useState } from 'preact/hooks';
import type { Failure } from '../../api';
import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { Field } from '../../components/Field';
import { t } from '../../language';
import { store, stored } from '../../session';
import { Trouble } from './Trouble';
import { type Found, type Results, find, isNumber } from './search';
import { asFailure } from './graph';

/** The name under which the tab keeps what was searched. */
export const TEXT = 'admin.text';

/** Finds a person by name, number or address. */
export function Find({ onChoose }: { onChoose: (id: string) => void }) {
    const [text, setText] = useState(() => stored<string>(TEXT) ?? '');
    const [results, setResults] = useState<Results>();
    const [people, setPeople] = useState<Found[]>();
    const [missing, setMissing] = useState(false);
    const [failure, setFailure] = useState<Failure>();
    const [busy, setBusy] = useState(false);
    const said = useRef<HTMLParagraphElement>(null);
    const asked = useRef<Results | undefined>(undefined);

    const show = async (from: Results) => {
        asked.current = from;
        setFailure(undefined);
        setBusy(true);
        try {
            const page = await from.take();
            // A later search may be faster.
            if (asked.current !== from) return;
            setResults(from);
            setPeople(page);
        } catch (error) {
            setFailure(asFailure(error));
        } finally {
            setBusy(false);
        }
    };
    const search = () => {
        const wanted = text.trim();
        setMissing(!wanted);
        if (!wanted) return document.getElementById('search')?.focus();
        store(TEXT, wanted);
        void show(find(wanted));
    };
    useEffect(() => {
        if (text) search();
    }, []);

    return (
        <Card heading={t('admin.findHeading')}>
            <Trouble failure={failure} />
            <form
                role="search"
                noValidate
                aria-busy={busy}
                onSubmit={(event) => {
                    event.preventDefault();
                    if (!busy) search();
                }}
            >
                <Field
                    id="search"
                    type="search"
                    autoComplete="off"
                    label={t('admin.search')}
                    hint={t('admin.searchHint')}
                    error={missing ? t('admin.searchMissing') : undefined}
                    value={text}
                    onInput={setText}
                    beside={
                        <Button type="submit" busy={busy}>
                            {t('admin.find')}
                        </Button>
                    }
                />
            </form>
            <p ref={said} tabIndex={-1} role="status" class="quiet">
                {busy ? t('common.working') : people && !failure ? outcome(people, text) : ''}
            </p>
            {people && people.length > 0 && !failure && <People people={people} onChoose={onChoose} />}
            {results?.more() && !failure && (
                <div class="row">
                    <Button
                        look="secondary"
                        busy={busy}
                        onClick={() => void show(results).then(() => said.current?.focus())}
                    >
                        {t('admin.nextPage')}
                    </Button>
                </div>
            )}
        </Card>
    );
}

function outcome(people: Found[], text: string): string {
    if (people.length) return t('admin.found', { count: people.length });
    return isNumber(text.trim()) && !text.trim().startsWith('+') ? t('admin.foundNoNumber') : t('admin.foundNobody');
}

function People({ people, onChoose }: { people: Found[]; onChoose: (id: string) => void }) {
    return (
        <ul class="list" aria-label={t('admin.people')}>
            {people.map(({ id, displayName, userPrincipalName, mobilePhone, accountEnabled }) => (
                <li key={id}>
                    <button type="button" class="person" onClick={() => onChoose(id)}>
                        <span class="value">{displayName ?? userPrincipalName}</span>
                        <span class="quiet">{userPrincipalName}</span>
                        <span class="quiet">{mobilePhone}</span>
                        {!accountEnabled && <span class="badge bad">{t('admin.disabled')}</span>}
                    </button>
                </li>
            ))}
        </ul>
    );
}
