import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { quantity } from '../language';

/** Whole seconds until a time of this machine's clock; 0 after it. Draws again every second until then. */
export function useSecondsUntil(until: number): number {
    const left = () => Math.max(0, Math.ceil((until - Date.now()) / 1000));
    const [seconds, setSeconds] = useState(left);
    useEffect(() => {
        setSeconds(left());
        const timer = setInterval(() => {
            setSeconds(left());
            if (!left()) clearInterval(timer);
        }, 1000);
        return () => clearInterval(timer);
    }, [until]);
    return seconds;
}

/** A span of time in words: seconds below a minute and a half, else minutes. */
export const span = (seconds: number): string =>
    seconds < 90 ? quantity(seconds, 'second') : quantity(Math.ceil(seconds / 60), 'minute');

interface Props {
    until: number;
    /** The sentence while it waits. */
    waiting: (span: string) => string;
    /** What takes its place afterwards. */
    children: ComponentChildren;
}

/** Waits until a time, and then shows its children. Assistive technology hears of the end, and not of every second. */
export function Countdown({ until, waiting, children }: Props) {
    const seconds = useSecondsUntil(until);
    return (
        <div>
            {seconds > 0 && (
                <p class="quiet" role="timer" aria-live="off">
                    {waiting(span(seconds))}
                </p>
            )}
            <div aria-live="polite">{seconds === 0 && children}</div>
        </div>
    );
}
