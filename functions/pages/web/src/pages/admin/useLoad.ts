import { useEffect, useRef, useState } from 'preact/hooks';
import type { Failure } from '../../api';
import { asFailure } from './graph';

/** What was loaded, or why it was not. */
export interface Loaded<T> {
    data: T | undefined;
    failure: Failure | undefined;
    /** Loads it again. What is there stays until then. */
    reload: () => void;
}

/** Loads something at once, and again when `key` changes. */
export function useLoad<T>(load: () => Promise<T>, key = ''): Loaded<T> {
    const [data, setData] = useState<T>();
    const [failure, setFailure] = useState<Failure>();
    const last = useRef(0);
    const reload = () => {
        const run = (last.current += 1);
        load().then(
            (found) => {
                if (run !== last.current) return;
                setFailure(undefined);
                setData(found);
            },
            (error) => run === last.current && setFailure(asFailure(error)),
        );
    };
    useEffect(() => {
        reload();
    }, [key]);
    return { data, failure, reload };
}
