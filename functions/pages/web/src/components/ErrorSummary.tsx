import { useEffect, useRef } from 'preact/hooks';
import { t } from '../language';

/** What must be mended, by the ids of the inputs. */
export type Errors = Record<string, string>;

/** Lists what must be mended, with links to the inputs. It gets the focus whenever the form was refused. */
export function ErrorSummary({ errors }: { errors: Errors }) {
    const element = useRef<HTMLDivElement>(null);
    const entries = Object.entries(errors);
    useEffect(() => {
        if (entries.length) element.current?.focus();
    }, [errors]);
    if (!entries.length) return null;
    return (
        <div ref={element} class="notice error" role="alert" tabIndex={-1}>
            <h2>{t('common.errorTitle')}</h2>
            <ul>
                {entries.map(([id, text]) => (
                    <li key={id}>
                        <a
                            href={`#${id}`}
                            onClick={(event) => {
                                event.preventDefault();
                                document.getElementById(id)?.focus();
                            }}
                        >
                            {text}
                        </a>
                    </li>
                ))}
            </ul>
        </div>
    );
}
