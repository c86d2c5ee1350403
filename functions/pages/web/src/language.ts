// The texts of the page in the language that the person reads.
import type { ComponentChild } from 'preact';
import files from 'messages:base';
import names from 'messages:names';
import type en from './languages/en.json';
import { store, stored } from './session';

type Sections = typeof en;
/** The name of a text, such as `common.continue`. */
export type Key = {
    [Section in keyof Sections & string]: `${Section}.${keyof Sections[Section] & string}`;
}[keyof Sections & string];
type Values = Record<string, string | number>;
type Messages = Record<string, string | Partial<Record<Intl.LDMLPluralRule, string>>>;

/** The files of a further part of the messages, which only one page loads. */
export type Part = Record<string, string>;

/** The languages that there are: BCP 47 tags, each with its name in that language. */
export const languages = Object.entries(names);

let language = 'en';
let messages: Messages = {};

/** The language of the page. */
export const currentLanguage = (): string => language;

/** The language to begin with: the one chosen in this tab, else the one that the server chose. */
export function firstLanguage(): string {
    const chosen = stored<string>('language');
    return [chosen, document.documentElement.lang, 'en'].find((tag) => tag && tag in files) ?? 'en';
}

/** Loads the texts of a language, and makes it the page's. The page must be drawn again afterwards. */
export async function loadLanguage(tag: string, parts: Part[]): Promise<void> {
    const modules = await Promise.all(
        [files, ...parts].map((part): Promise<{ default: Messages }> => import(`/assets/${part[tag]}`)),
    );
    messages = Object.assign({}, ...modules.map((module) => module.default));
    language = tag;
    document.documentElement.lang = tag;
    document.documentElement.dir = /^(ar|fa|he|ur)\b/.test(tag) ? 'rtl' : 'ltr';
}

/** Remembers the language that a person chose, for this tab. */
export const rememberLanguage = (tag: string): void => store('language', tag);


function template(key: Key, count: string | number | undefined): string {
    const message = messages[key];
    if (typeof message === 'object') {
        return message[new Intl.PluralRules(language).select(Number(count))] ?? message.other ?? key;
    }
    return message ?? key;
}

const shown = (value: string | number): string =>
    typeof value === 'number' ? new Intl.NumberFormat(language).format(value) : value;

/** The text of a key. `{name}` in it becomes the value of that name; `count` chooses the plural form. */
export const t = (key: Key, values: Values = {}): string =>
    template(key, values.count).replace(/\{(\w+)\}/g, (whole, name: string) => {
        const value = values[name];
        return value === undefined ? whole : shown(value);
    });

/** Like `t`, for values that are elements. */
export const rich = (key: Key, values: Record<string, ComponentChild>): ComponentChild[] =>
    template(key, undefined)
        .split(/\{(\w+)\}/)
        .map((piece, index) => (index % 2 ? values[piece] : piece));

/** A number of units in words, such as "2 minutes". */
export const quantity = (count: number, unit: string): string =>
    new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(count);

/** A list in words, such as "a, b and c". */
export const listOf = (items: string[], type: 'conjunction' | 'disjunction' = 'conjunction'): string =>
    new Intl.ListFormat(language, { type }).format(items);
