import { currentLanguage } from '../../language';

/** A day in words, such as "1 December 2026", in the page's language as people write it in the person's region. */
export function day(time: string): string {
    const language = currentLanguage();
    const region = navigator.languages.find((tag) => tag.split('-')[0] === language);
    return new Intl.DateTimeFormat(region ?? language, { dateStyle: 'long' }).format(new Date(time));
}
