import { t } from '../language';

/** The parts of a task, and which of them is now. */
export function Progress({ parts, now }: { parts: string[]; now: number }) {
    return (
        <ol class="progress" aria-label={t('common.progress')}>
            {parts.map((part, index) => (
                <li key={part} class={index < now ? 'past' : ''} aria-current={index === now ? 'step' : undefined}>
                    {part}
                </li>
            ))}
        </ol>
    );
}
