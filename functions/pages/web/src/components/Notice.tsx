import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface Props {
    kind?: 'info' | 'good' | 'error';
    title?: string;
    children?: ComponentChildren;
}

/** A message to the person. An error is announced at once, and gets the focus. */
export function Notice({ kind = 'info', title, children }: Props) {
    const element = useRef<HTMLDivElement>(null);
    useEffect(() => {
        if (kind === 'error') element.current?.focus();
    }, [kind, title]);
    return (
        <div ref={element} class={`notice ${kind}`} role={kind === 'error' ? 'alert' : 'status'} tabIndex={kind === 'error' ? -1 : undefined}>
            {title && <h2>{title}</h2>}
            {children}
        </div>
    );
}
