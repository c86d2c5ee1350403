import { currentLanguage } from '../../language';

const shown = (options: Intl.DateTimeFormatOptions) => (time: string) =>
    new Intl.DateTimeFormat(currentLanguage(), options).format(new Date(time));

/** The day of a time, such as "1 December 2026". */
export const day = shown({ dateStyle: 'medium' });

/** The time of the day. */
export const clock = shown({ timeStyle: 'medium' });
