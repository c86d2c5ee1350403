import type { ComponentChildren, Ref } from 'preact';

interface Props {
    id: string;
    label: ComponentChildren;
    hint?: ComponentChildren;
    error?: string | undefined;
    value: string;
    onInput: (value: string) => void;
    /** What stands beside the input, such as a button. */
    beside?: ComponentChildren;
    /** Ids of further elements that describe the input. */
    describedBy?: string;
    input?: Ref<HTMLInputElement>;
    type?: 'text' | 'tel' | 'email' | 'password' | 'search';
    class?: string;
    name?: string;
    inputMode?: 'text' | 'numeric' | 'tel' | 'email';
    autoComplete?: string;
    autoCapitalize?: 'none' | 'characters';
    readOnly?: boolean;
    lang?: string;
}

/** An input with its label, hint and error. */
export function Field({ id, label, hint, error, onInput, beside, describedBy, input, class: kind, type = 'text', ...rest }: Props) {
    const described = [hint && `${id}-hint`, error && `${id}-error`, describedBy].filter(Boolean).join(' ');
    const element = (
        <input
            type={type as 'text'}
            autoCapitalize="none"
            spellcheck={false}
            {...rest}
            ref={input ?? null}
            id={id}
            class={`input ${kind ?? ''}`}
            aria-invalid={error ? 'true' : undefined}
            aria-describedby={described || undefined}
            onInput={(event) => onInput(event.currentTarget.value)}
        />
    );
    return (
        <div class="field">
            <label for={id}>{label}</label>
            {hint && (
                <p id={`${id}-hint`} class="hint">
                    {hint}
                </p>
            )}
            {error && (
                <p id={`${id}-error`} class="error">
                    {error}
                </p>
            )}
            {beside ? (
                <div class="with-button">
                    {element}
                    {beside}
                </div>
            ) : (
                element
            )}
        </div>
    );
}
