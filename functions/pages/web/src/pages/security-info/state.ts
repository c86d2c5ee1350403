// What the page knows, and its calls. Everything typed that is not secret survives a reload and a new sign-in.
import { forget, store, stored } from '../../session';
import { callSignedIn } from '../../sign-in';
import type { Method, Settings } from '../../settings';

export type ContactType = 'mobilePhone' | 'officePhone' | 'email';
export type Delivery = 'sms' | 'call';

/** A contact on file. */
export interface Contact {
    type: ContactType;
    value: string;
    source: 'directory' | 'administrator' | 'user';
    setAt: string;
    verifiedAt: string | null;
    usable: boolean;
    reason: string | null;
}

export interface Registration {
    userName: string;
    registered: boolean;
    methodsRequired: number;
    reconfirmBy: string | null;
    methods: Contact[];
    suggested: Contact[];
    securityQuestions: { registered: number; required: number };
}

export interface Question {
    questionId: string;
    text: string;
}

/** What can be removed. */
export type Removable = ContactType | 'securityQuestions';

/** The contact that is being added, confirmed or changed, as typed. */
export interface Draft {
    type: 'mobilePhone' | 'email';
    value: string;
    delivery: Delivery;
}

/** A code that was ordered. The time is in milliseconds of this machine's clock. */
export interface Challenge {
    id: string;
    reference: string;
    until: number;
}

/** Where the person is. Security answers and codes are not in it. */
export interface State {
    step: 'overview' | 'contact' | 'code' | 'remove' | 'questions';
    draft?: Draft;
    challenge?: Challenge;
    removing?: Removable;
    /** The questions chosen so far. */
    chosen?: string[];
    /** What was just done, for a sentence above the overview. */
    done?: 'contact' | 'removed' | 'questions' | 'confirmed' | undefined;
}

const NAME = 'securityInfo';
export const OVERVIEW: State = { step: 'overview' };

/** Stores the state for one person. */
export const keep = (owner: string, state: State): void => store(NAME, { owner, state });

/** The state that was stored for a person. Somebody else's is dropped. */
export function restore(owner: string): State {
    const found = stored<{ owner: string; state: State }>(NAME);
    if (found?.owner === owner) return found.state;
    forget(NAME);
    return OVERVIEW;
}

export const drop = (): void => forget(NAME);

const ROUTE = '/v1/registration';

export const load = async (): Promise<Registration> => (await callSignedIn<Registration>(ROUTE)).body;

/** Orders a code to the contact. */
export async function order({ type, value, delivery }: Draft): Promise<Challenge> {
    const body = type === 'email' ? { type, value } : { type, value, delivery };
    const made = await callSignedIn<{ challengeId: string; expiresAt: string; reference: string }>(`${ROUTE}/challenges`, {
        body,
        idempotent: true,
    });
    return { id: made.body.challengeId, reference: made.body.reference, until: made.here(made.body.expiresAt) };
}

/** Registers the contact with its code. */
export const verify = ({ id }: Challenge, code: string): Promise<unknown> =>
    callSignedIn(`${ROUTE}/challenges/${id}/verifications`, { body: { code }, idempotent: true });

export const remove = (what: Removable): Promise<unknown> => callSignedIn(`${ROUTE}/methods/${what}`, { method: 'DELETE' });

export const confirm = (): Promise<unknown> => callSignedIn(`${ROUTE}/confirmation`, { method: 'POST', idempotent: true });

export const catalogue = async (): Promise<Question[]> =>
    (await callSignedIn<{ questions: Question[] }>(`${ROUTE}/question-catalogue`)).body.questions;

export const setQuestions = (answers: { questionId: string; answer: string }[]): Promise<unknown> =>
    callSignedIn(`${ROUTE}/security-questions`, { method: 'PUT', body: { answers }, idempotent: true });

/**
 * Makes sure that a sign-in is fresh enough for a change, before a person types secrets that a new sign-in would lose. An
 * empty list changes nothing: it is refused, but only after the sign-in was checked.
 */
export async function freshen(): Promise<void> {
    try {
        await callSignedIn(`${ROUTE}/security-questions`, { method: 'PUT', body: { answers: [] } });
    } catch (error) {
        if ((error as { status?: number }).status !== 400) throw error;
    }
}

/** How a code can reach a phone: what the organisation offers, else a text message. */
export function deliveries({ methods }: Settings): Delivery[] {
    const offered: [Method, Delivery][] = [['mobileSms', 'sms'], ['mobileCall', 'call']];
    const found = offered.filter(([method]) => methods.includes(method)).map(([, delivery]) => delivery);
    return found.length ? found : ['sms'];
}

/** The types of contact that a person can add: those that a reset of this organisation can use. */
export const addable = ({ methods }: Settings): Draft['type'][] => [
    ...(methods.includes('mobileSms') || methods.includes('mobileCall') ? (['mobilePhone'] as const) : []),
    ...(methods.includes('email') ? (['email'] as const) : []),
];

/** The digits of a code as typed or pasted. */
export const digitsOf = (typed: string): string => typed.replace(/[\s\p{Pd}.]/gu, '');
