import { type ComponentType, render } from 'preact';
import { useState } from 'preact/hooks';
import { type Part, currentLanguage, firstLanguage, languages, loadLanguage, rememberLanguage, t } from './language';

function Footer({ onLanguage }: { onLanguage: (tag: string) => void }) {
    return (
        <footer class="row">
            <label class="quiet" for="language">
                {t('common.language')}
            </label>
            <select id="language" class="select" value={currentLanguage()} onChange={(event) => onLanguage(event.currentTarget.value)}>
                {languages.map(([tag, name]) => (
                    <option key={tag} value={tag} lang={tag}>
                        {name}
                    </option>
                ))}
            </select>
        </footer>
    );
}

/** Draws a page in the person's language. `parts` are the messages that only this page needs. */
export async function start(Page: ComponentType, parts: Part[] = [], wide = false): Promise<void> {
    function Whole() {
        const [, redraw] = useState(0);
        const change = async (tag: string) => {
            try {
                await loadLanguage(tag, parts);
                rememberLanguage(tag);
            } catch {
                // Without a connection the old language stays.
            }
            redraw((count) => count + 1);
        };
        return (
            <>
                <main class={wide ? 'wide' : ''}>
                    <Page />
                </main>
                <Footer onLanguage={change} />
            </>
        );
    }
    const root = document.documentElement;
    if (getComputedStyle(root).getPropertyValue('--logo')) root.classList.add('with-logo');
    await loadLanguage(firstLanguage(), parts);
    render(<Whole />, document.getElementById('page')!);
}
