import { useEffect, useState } from 'preact/hooks';
import { Failure } from '../../api';
import { span } from '../../components/Countdown';
import type { Errors } from '../../components/ErrorSummary';
import { t } from '../../language';
import { reasonsText } from '../../password';
import { type Settings, loadSettings } from '../../settings';
import { CodeStep } from './CodeStep';
import { DoneStep, EndedStep } from './EndSteps';
import { MethodStep } from './MethodStep';
import { NameStep } from './NameStep';
import { NumberStep } from './NumberStep';
import { PasswordStep } from './PasswordStep';
import { QuestionsStep } from './QuestionsStep';
import { type State, type Step, again, choices, keep, needsNumber, order, restore } from './state';

/** What every step gets. */
export interface StepProps {
    state: State;
    settings: Settings | undefined;
    errors: Errors;
    failure: Failure | undefined;
    busy: boolean;
    refuse: (errors: Errors) => void;
    change: (part: Partial<State>) => void;
    go: (step: Step) => void;
    /** Runs a call, and goes where its result says. */
    run: (work: (settings: Settings) => Promise<State>) => void;
    /** Orders a code by the method, after the number if one is needed. */
    choose: (part: Partial<State>) => void;
    startAgain: () => void;
}

// The inputs that the service may refuse as malformed, by its names.
const MALFORMED: Record<string, { step: Step; id: string; text: () => string }> = {
    userName: { step: 'name', id: 'user-name', text: () => t('common.userNameMalformed') },
    phoneNumber: { step: 'number', id: 'number', text: () => t('reset.numberMalformed') },
};

// The steps from which the browser's Back leads to another.
const BACK = /method|number|code/;
const STEPS = {
    name: NameStep,
    method: MethodStep,
    number: NumberStep,
    code: CodeStep,
    questions: QuestionsStep,
    password: PasswordStep,
    done: DoneStep,
    ended: EndedStep,
};

export function Reset() {
    const [state, setState] = useState<State>(restore);
    const [settings, setSettings] = useState<Settings>();
    const [errors, refuse] = useState<Errors>({});
    const [failure, setFailure] = useState<Failure>();
    const [busy, setBusy] = useState(false);

    const set = (next: State, back = false) => {
        if (next.step !== state.step && !back) history.pushState(next.step, '');
        keep(next);
        refuse({});
        setFailure(undefined);
        setState(next);
    };

    useEffect(() => {
        // Whoever needs the settings waits for them, and says so if they do not come.
        loadSettings().then(setSettings, () => {});
    }, []);

    useEffect(() => {
        if (state.until === undefined) return;
        const timer = setTimeout(() => set(again(state, 'ended')), Math.max(0, state.until - Date.now()));
        return () => clearTimeout(timer);
    }, [state.until]);

    useEffect(() => {
        // The browser's Back leads to the step before, until something is proved.
        onpopstate = ({ state: step }) => {
            if (!BACK.test(state.step) || state.gateToken || busy) return;
            if (step === 'method' || step === 'number') set({ ...state, step }, true);
            else if (!step) set(again(state), true);
        };
    });

    const fail = (found: Failure) => {
        const refused = found.code === 'malformed' && MALFORMED[found.detail.split(' ')[0] ?? ''];
        if (found.code === 'not-found' || found.code === 'token-rejected') {
            set(again(state, 'ended'));
        } else if (found.code === 'code-rejected') {
            refuse(state.step === 'questions' ? { 'answer-0': t('reset.answersRejected') } : { code: t('reset.codeRejected') });
        } else if (found.code === 'too-soon') {
            refuse({ [state.step]: t('reset.resendWait', { wait: span(found.wait) }) });
        } else if (found.code === 'password-rejected' && settings) {
            refuse({ 'new-password': reasonsText(found.reasons, settings) });
        } else if (refused) {
            set({ ...state, step: refused.step });
            refuse({ [refused.id]: refused.text() });
        } else {
            setFailure(found);
        }
    };

    const run = async (work: (settings: Settings) => Promise<State>) => {
        if (busy) return;
        refuse({});
        setFailure(undefined);
        setBusy(true);
        try {
            const known = settings ?? (await loadSettings());
            setSettings(known);
            set(await work(known));
        } catch (found) {
            fail(found instanceof Failure ? found : new Failure('failed'));
        } finally {
            setBusy(false);
        }
    };

    const choose = (part: Partial<State>) =>
        run(async (known) => {
            const next = { ...state, ...part };
            if (!next.method) {
                const [only, ...others] = choices(next, known);
                if (!only || others.length) return { ...next, step: 'method' };
                next.method = only;
            }
            if (needsNumber(next.method, known) && part.phoneNumber === undefined) return { ...next, step: 'number' };
            return order(next, known);
        });

    const Current = STEPS[state.step];
    return (
        <Current
            key={`${state.step} ${state.gateToken ? 2 : 1}`}
            state={state}
            settings={settings}
            errors={errors}
            failure={failure}
            busy={busy}
            refuse={(found) => {
                setFailure(undefined);
                refuse(found);
            }}
            change={(part) => {
                const next = { ...state, ...part };
                keep(next);
                setState(next);
            }}
            go={(step) => set({ ...state, step })}
            run={run}
            choose={choose}
            startAgain={() => set(again(state))}
        />
    );
}
