import type { ButtonHTMLAttributes } from 'preact';

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
    look?: 'primary' | 'secondary' | 'link' | 'danger';
    /** While it works, the button stays focusable but does nothing. */
    busy?: boolean;
}

/** A button. Without a type it does not submit its form. */
export function Button({ look = 'primary', busy = false, onClick, ...rest }: Props) {
    return (
        <button
            type="button"
            {...rest}
            class={`button ${look}`}
            aria-disabled={busy ? 'true' : undefined}
            onClick={(event) => {
                if (busy) event.preventDefault();
                else (onClick as ((event: MouseEvent) => void) | undefined)?.(event);
            }}
        />
    );
}
