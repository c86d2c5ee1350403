import { useEffect, useRef, useState } from 'preact/hooks';
import { Failure } from '../../api';
import type { Errors } from '../../components/ErrorSummary';
import type { Settings } from '../../settings';
import { type Session, signIn, signOut } from '../../sign-in';
import { CodeStep } from './CodeStep';
import { ContactStep } from './ContactStep';
import { Gate, NoEntry, Waiting } from './Gate';
import { Overview } from './Overview';
import { QuestionsStep } from './QuestionsStep';
import { RemoveStep } from './RemoveStep';
import { OVERVIEW, type Registration, type State, drop, keep, load, restore } from './state';

/** What every step gets. */
export interface StepProps {
    session: Session;
    settings: Settings;
    registration: Registration;
    state: State;
    errors: Errors;
    failure: Failure | undefined;
    busy: boolean;
    /** Changes the state, and clears what went wrong. */
    go: (state: State) => void;
    /** Changes the state while a person types. */
    type: (state: State) => void;
    /** Back to the overview. */
    leave: () => void;
    /** Shows what must be mended. */
    refuse: (errors: Errors) => void;
    /** Runs a call, and goes on to the state that it returns. `refusals` turns a failure into errors of inputs. */
    run: (work: () => Promise<State>, refusals?: (failure: Failure) => Errors | undefined) => void;
    signOut: () => void;
}

/** The page: it signs the person in first. */
export const SecurityInfo = () => <Gate>{(session, settings) => <Person session={session} settings={settings} />}</Gate>;

const STEPS = { overview: Overview, contact: ContactStep, code: CodeStep, remove: RemoveStep, questions: QuestionsStep };

function Person({ session, settings }: { session: Session; settings: Settings }) {
    const owner = session.userName;
    const [registration, setRegistration] = useState<Registration>();
    const [state, setState] = useState(() => restore(owner));
    const [errors, setErrors] = useState<Errors>({});
    const [failure, setFailure] = useState<Failure>();
    const [busy, setBusy] = useState(false);
    const working = useRef(false);

    const type = (next: State) => {
        // What was done is said once.
        keep(owner, { ...next, done: undefined });
        setState(next);
    };
    const go = (next: State) => {
        setErrors({});
        setFailure(undefined);
        type(next);
    };
    // The overview shows what the server has now, and begins again at its heading.
    const refresh = async () => {
        setRegistration(undefined);
        setRegistration(await load());
    };
    const begin = () => {
        setFailure(undefined);
        refresh().catch(setFailure);
    };
    useEffect(begin, []);

    const run: StepProps['run'] = async (work, refusals) => {
        if (working.current) return;
        working.current = true;
        setBusy(true);
        setErrors({});
        setFailure(undefined);
        try {
            const next = await work();
            go(next);
            if (next.step === 'overview') await refresh();
        } catch (error) {
            const caught = error instanceof Failure ? error : new Failure('failed');
            const refused = refusals?.(caught);
            if (refused) setErrors(refused);
            else setFailure(caught);
        } finally {
            working.current = false;
            setBusy(false);
        }
    };
    const leaveForGood = () => {
        drop();
        void signOut().catch(() => location.reload());
    };

    // Without a registration there is nothing else to show. The same if signing in again did not help.
    if (failure && (!registration || failure.code === 'forbidden' || failure.code.startsWith('sign-in'))) {
        const again = failure.code.startsWith('sign-in') ? () => void signIn().catch(setFailure) : begin;
        return <NoEntry failure={failure} settings={settings} onAgain={again} userName={owner} />;
    }
    if (!registration) return <Waiting />;
    const Step = STEPS[state.step];
    return (
        <Step
            key={state.step}
            {...{ session, settings, registration, state, errors, failure, busy, go, type, run }}
            leave={() => go(OVERVIEW)}
            refuse={(found) => {
                setFailure(undefined);
                setErrors(found);
            }}
            signOut={leaveForGood}
        />
    );
}
