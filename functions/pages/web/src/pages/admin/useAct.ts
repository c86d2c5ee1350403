import { useState } from 'preact/hooks';
import type { Failure } from '../../api';
import { asFailure } from './graph';

/** What becomes of the acts at a person. */
export interface Outcome {
    /** Says what was done, and loads the person again. */
    done: (said: string) => void;
    /** No longer offers an act that the API refused. */
    refused: (act: string) => void;
}

/** Runs an act once at a time, and holds why it failed. */
export function useAct(act: string, outcome: Outcome) {
    const [busy, setBusy] = useState(false);
    const [failure, setFailure] = useState<Failure>();
    /** `handle` may take a failure for itself, such as one that belongs beside a field. */
    const run = async <T>(call: () => Promise<T>, then: (result: T) => void, handle?: (failure: Failure) => boolean) => {
        setBusy(true);
        setFailure(undefined);
        try {
            then(await call());
        } catch (error) {
            const found = asFailure(error);
            if (found.status === 403) outcome.refused(act);
            if (!handle?.(found)) setFailure(found);
        } finally {
            setBusy(false);
        }
    };
    return { busy, failure, run };
}
