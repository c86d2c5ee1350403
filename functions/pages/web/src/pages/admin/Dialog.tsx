import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Failure } from '../../api';
import { Button } from '../../components/Button';
import { t } from '../../language';
import { Trouble } from './Trouble';

interface Props {
    heading: string;
    /** What the button does. Without it the dialog only has a button that closes it. */
    submit?: string;
    danger?: boolean;
    /** The text of the button that closes the dialog. */
    close?: string;
    busy?: boolean;
    failure?: Failure | undefined;
    /** Whether only its button closes the dialog. */
    firm?: boolean;
    onSubmit?: () => void;
    onClose: () => void;
    children?: ComponentChildren;
}

/** Asks or says something before the page goes on. Afterwards the focus is where it was. */
export function Dialog({ heading, submit, danger, close, busy = false, failure, firm, onSubmit, onClose, children }: Props) {
    const element = useRef<HTMLDialogElement>(null);
    useLayoutEffect(() => {
        const dialog = element.current!;
        dialog.showModal();
        return () => dialog.close();
    }, []);
    return (
        <dialog
            ref={element}
            class="card"
            aria-labelledby="dialog-heading"
            onCancel={(event) => {
                event.preventDefault();
                if (!firm && !busy) onClose();
            }}
        >
            <form
                class="stack"
                noValidate
                aria-busy={busy}
                onSubmit={(event) => {
                    event.preventDefault();
                    if (!busy) onSubmit?.();
                }}
            >
                <h2 id="dialog-heading">{heading}</h2>
                <Trouble failure={failure} />
                {children}
                <div class="row">
                    {submit && failure?.status !== 403 && (
                        <Button type="submit" busy={busy} look={danger ? 'danger' : 'primary'}>
                            {submit}
                        </Button>
                    )}
                    <Button look={submit ? 'secondary' : 'primary'} onClick={onClose}>
                        {close ?? t('admin.cancel')}
                    </Button>
                </div>
            </form>
        </dialog>
    );
}
