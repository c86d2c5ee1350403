import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { t } from '../language';
import { Button } from './Button';
import { Field } from './Field';

interface Props {
    id: string;
    label: string;
    hint?: ComponentChildren;
    error?: string | undefined;
    value: string;
    onInput: (value: string) => void;
    autocomplete: 'new-password' | 'current-password';
    describedBy?: string;
}

/** A password, which a person can make visible. */
export function PasswordField({ autocomplete, ...rest }: Props) {
    const [visible, setVisible] = useState(false);
    return (
        <Field
            {...rest}
            type={visible ? 'text' : 'password'}
            autoComplete={autocomplete}
            beside={
                <Button
                    look="secondary"
                    aria-label={visible ? t('common.hidePassword') : t('common.showPassword')}
                    aria-controls={rest.id}
                    onClick={() => setVisible(!visible)}
                >
                    {visible ? t('common.hide') : t('common.show')}
                </Button>
            }
        />
    );
}
