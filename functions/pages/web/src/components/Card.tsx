import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

let first = true;

interface Props {
    heading: string;
    /** What stands above the heading, such as the progress. */
    before?: ComponentChildren;
    children: ComponentChildren;
}

/** One step of a page: its heading gets the focus when the step begins, except at the first drawing of the page. */
export function Card({ heading, before, children }: Props) {
    const element = useRef<HTMLHeadingElement>(null);
    useEffect(() => {
        // An error in the step is more important.
        if (!first && !element.current?.closest('.card')?.querySelector('[role=alert]')) {
            scrollTo(0, 0);
            element.current?.focus();
        }
        first = false;
    }, []);
    useEffect(() => {
        const organisation = document.querySelector('.organisation')?.textContent;
        document.title = organisation ? `${heading} · ${organisation}` : heading;
    }, [heading]);
    return (
        <section class="card stack">
            <div>
                {before}
                <h1 ref={element} tabIndex={-1}>
                    {heading}
                </h1>
            </div>
            {children}
        </section>
    );
}
