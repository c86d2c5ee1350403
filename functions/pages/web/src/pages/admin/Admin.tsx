import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../components/Button';
import { Notice } from '../../components/Notice';
import { t } from '../../language';
import { forget, store, stored } from '../../session';
import { type Session, signOut } from '../../sign-in';
import { Find, TEXT } from './Find';
import { Gate } from './Gate';
import { Person } from './Person';
import { Policy } from './Policy';
import { Report } from './Report';

/** The administrators' page. */
export function Admin() {
    return <Gate>{(session) => <Inside session={session} />}</Gate>;
}

const VIEW = 'admin.view';
const PERSON = 'admin.person';

const VIEWS = ['people', 'report', 'policy'] as const;
type View = (typeof VIEWS)[number];

function Inside({ session }: { session: Session }) {
    // A reload or a new sign-in leads back to the same place.
    const [view, setView] = useState(() => stored<View>(VIEW) ?? 'people');
    const [id, setId] = useState(() => stored<string>(PERSON));
    useEffect(() => {
        store(VIEW, view);
        if (id) store(PERSON, id);
        else forget(PERSON);
    }, [view, id]);
    const go = (chosen: View) => {
        setView(chosen);
        setId(undefined);
    };
    const leave = () => {
        [VIEW, PERSON, TEXT].forEach(forget);
        void signOut().catch(() => location.reload());
    };
    const names = { people: t('admin.findHeading'), report: t('admin.report'), policy: t('admin.policy') };
    const back = view === 'report' ? t('admin.toReport') : t('admin.toSearch');
    return (
        <>
            <div class="row account">
                <nav class="row" aria-label={t('admin.heading')}>
                    {VIEWS.map((one) => (
                        <button
                            type="button"
                            key={one}
                            class="pill"
                            aria-current={view === one ? (id ? 'true' : 'page') : undefined}
                            onClick={() => go(one)}
                        >
                            {names[one]}
                        </button>
                    ))}
                </nav>
                <span class="row">
                    <span class="quiet">{t('admin.signedInAs', { userName: session.userName })}</span>
                    <Button look="link" onClick={leave}>
                        {t('admin.signOut')}
                    </Button>
                </span>
            </div>
            {/* Once the API accepted the token, the person has gone on. */}
            {session.again && !session.worked && (
                <Notice>
                    <p>{t('admin.signedInAgain')}</p>
                </Notice>
            )}
            {id ? (
                <Person key={id} id={id} back={back} onBack={() => setId(undefined)} />
            ) : view === 'report' ? (
                <Report key={view} onChoose={setId} />
            ) : view === 'policy' ? (
                <Policy key={view} />
            ) : (
                <Find key={view} onChoose={setId} />
            )}
        </>
    );
}
