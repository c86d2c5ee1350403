import { t } from '../language';

export interface Rule {
    text: string;
    /** Whether it is kept; `undefined` if only the server can tell. */
    met: boolean | undefined;
}

/** Rules, each with a sign and a hidden word for whether it is kept. */
export function Checklist({ id, rules }: { id: string; rules: Rule[] }) {
    return (
        <ul id={id} class="checklist">
            {rules.map(({ text, met }) => (
                <li key={text} class={met ? 'met' : ''}>
                    <svg viewBox="0 0 20 20" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2">
                        {met === undefined ? <path d="M5 10h10" /> : <circle cx="10" cy="10" r="8" />}
                        {met && <path d="M6 10.5l2.5 2.5L14 7.5" />}
                    </svg>
                    <span>
                        {text}
                        {met !== undefined && <span class="visually-hidden"> {met ? t('common.met') : t('common.unmet')}</span>}
                    </span>
                </li>
            ))}
        </ul>
    );
}
