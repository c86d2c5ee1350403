// Finds people by one text: a part of a name, a number or an address.
import { Failure } from '../../api';
import { type Page, type User, graph, nextPath, quoted, withOptions } from './graph';

export type Found = Pick<User, 'id' | 'userPrincipalName' | 'displayName' | 'mobilePhone' | 'mail' | 'accountEnabled'>;

/** The most people that one page shows. */
export const SHOWN = 20;
const SELECT = 'id,userPrincipalName,displayName,mobilePhone,mail,accountEnabled';
const NUMBER = /^\+?[\d\s().\/-]{5,}$/;
const WHOLE_ADDRESS = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;

/** Whether the text looks like a number. */
export const isNumber = (text: string): boolean => NUMBER.test(text);

/** The query options of each search for the text, the most likely first. */
function searches(text: string): Record<string, string>[] {
    const literal = quoted(text);
    if (isNumber(text)) {
        return [{ filter: `mobilePhone eq ${literal}` }, { filter: `businessPhones/any(p:p eq ${literal})` }];
    }
    const name = { filter: `startswith(userPrincipalName,${literal})` };
    if (text.includes('@')) {
        const other = WHOLE_ADDRESS.test(text) ? [{ filter: `otherMails/any(m:m eq ${literal})` }] : [];
        return [name, { filter: `startswith(mail,${literal})` }, ...other];
    }
    const words = { search: `"displayName:${text.replace(/["\\]/g, ' ').trim()}"` };
    return /\s/.test(text) ? [words] : [words, name];
}

export interface Results {
    /** The people of the next page. */
    take: () => Promise<Found[]>;
    /** Whether there may be more. */
    more: () => boolean;
}

/** Begins a search. Each person is found once. */
export function find(text: string): Results {
    const read = (path: string) =>
        graph<Page<Found>>(path).catch((error): Page<Found> => {
            // A text without any letter or digit begins no name.
            if (error instanceof Failure && error.status === 400) return { value: [] };
            throw error;
        });
    const paths = searches(text).map((options) => withOptions('/users', { select: SELECT, top: SHOWN, ...options }));
    const seen = new Set<string>();
    let waiting: Found[] = [];
    const take = async () => {
        while (waiting.length < SHOWN && paths.length) {
            const page = await read(paths[0]!);
            const next = nextPath(page);
            if (next) paths[0] = next;
            else paths.shift();
            for (const person of page.value) {
                if (!seen.has(person.id)) waiting.push(person);
                seen.add(person.id);
            }
        }
        const taken = waiting.slice(0, SHOWN);
        waiting = waiting.slice(SHOWN);
        return taken;
    };
    return { take, more: () => waiting.length > 0 || paths.length > 0 };
}
