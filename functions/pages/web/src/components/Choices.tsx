import type { ComponentChildren } from 'preact';

export interface Choice {
    value: string;
    label: ComponentChildren;
}

interface Props {
    id: string;
    legend: string;
    choices: Choice[];
    value: string | undefined;
    error?: string | undefined;
    onChange: (value: string) => void;
}

/** A choice of one. The first input has the id, for links of an error summary. */
export function Choices({ id, legend, choices, value, error, onChange }: Props) {
    return (
        <fieldset class="choices" aria-describedby={error ? `${id}-error` : undefined}>
            <legend class="visually-hidden">{legend}</legend>
            {error && (
                <p id={`${id}-error`} class="error">
                    {error}
                </p>
            )}
            {choices.map((choice, index) => (
                <label key={choice.value} class="choice">
                    <input
                        type="radio"
                        id={index ? undefined : id}
                        name={id}
                        value={choice.value}
                        checked={choice.value === value}
                        onChange={() => onChange(choice.value)}
                    />
                    <span>{choice.label}</span>
                </label>
            ))}
        </fieldset>
    );
}
