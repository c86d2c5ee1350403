// Where a person is in a reset, and the calls that lead on. The state survives a reload, until the reset ends.
import { call, Failure } from '../../api';
import { forget, store, stored } from '../../session';
import type { Method, Settings } from '../../settings';

export type Step = 'name' | 'method' | 'number' | 'code' | 'questions' | 'password' | 'done' | 'ended';

export interface Question {
    questionId: string;
    text: string;
}

/** An order of a code. The times are milliseconds of this machine's clock. */
export interface Order {
    method: Method;
    phoneNumber: string;
    reference: string;
    resendAt: number;
    codeUntil: number;
}

export interface State {
    step: Step;
    userName: string;
    method?: Method | undefined;
    phoneNumber: string;
    resetId?: string;
    /** When the reset ends, or the token for the new password. */
    until?: number;
    order?: Order | undefined;
    /** Set once gate one is passed, with the methods that may open gate two. */
    gateToken?: string;
    methods?: Method[];
    questions?: Question[];
    resetToken?: string;
}

interface Ordered {
    resetId: string;
    expiresAt: string;
    codeExpiresAt: string;
    resendAt: string;
    reference: string;
    method: Method;
}

interface Verified {
    status: 'verified';
    resetToken: string;
    expiresAt: string;
}

interface Another {
    status: 'anotherMethodRequired';
    gateToken: string;
    methods: Method[];
}

const NAME = 'reset';
const FIRST: State = { step: 'name', userName: '', phoneNumber: '' };

/** The state before the reload, or the first one. */
export const restore = (): State => stored<State>(NAME) ?? FIRST;

export function keep(state: State): void {
    if (state.step === 'done' || state.step === 'ended') forget(NAME);
    else store(NAME, state, state.until);
}

/** Begins anew, with the name that was typed. */
export const again = (state: State, step: Step = 'name'): State => ({ ...FIRST, userName: state.userName, step });

/** How the code of a method travels. */
export const channelOf = (method: Method): 'sms' | 'call' | 'email' =>
    method.endsWith('Sms') ? 'sms' : method.endsWith('Call') ? 'call' : 'email';

/** The methods that the person may choose from now. */
export const choices = (state: State, settings: Settings): Method[] =>
    state.methods ?? settings.methods.filter((method) => method !== 'securityQuestions');

const samePhone = (one: Method, other: Method): boolean => /^mobile.*mobile/.test(one + other);

/** Whether the person must type the number on file before this method. */
export const needsNumber = (method: Method, settings: Settings): boolean => settings.phoneProof && /Sms|Call/.test(method);

/** The number as the service reads it: without what people put between digits, and with + for 00. */
export const normalNumber = (typed: string): string => typed.trim().replace(/^00\s*/, '+');

/** Whether this can be a number with its country code. */
export const isNumber = (typed: string): boolean => /^\+\d{6,15}$/.test(normalNumber(typed).replace(/[\s().\-–/]/g, ''));

/** The code without what people paste around it. */
export const normalCode = (typed: string): string => typed.replace(/[\s.\-‐-―−]/g, '');

/** Whether this can be a code: 6 to 10 digits, or the long code of an email. */
export const isCode = (typed: string): boolean => /^(\d{6,10}|[0-9a-z]{26})$/i.test(normalCode(typed));

const post = <T>(path: string, body: unknown) => call<T>(path, { body, idempotent: true });

/**
 * Orders a code, or asks for the questions. Before gate one is passed, another method begins another reset, because
 * the service does not order by two methods of one reset within the time between two sends.
 */
export async function order(state: State, settings: Settings): Promise<State> {
    const { method, resetId, gateToken, userName } = state;
    if (!method) throw new Failure('failed');
    if (method === 'securityQuestions') {
        const { body } = await post<{ questions: Question[] }>(`/v1/resets/${resetId}/codes`, { method, gateToken });
        return { ...state, step: 'questions', questions: body.questions };
    }
    // Until then the service would send nothing to the same phone, and in gate two nothing at all.
    const wait = state.order && (gateToken || samePhone(method, state.order.method)) ? state.order.resendAt - Date.now() : 0;
    if (wait > 0) throw new Failure('too-soon', 0, '', Math.ceil(wait / 1000));
    const proof = needsNumber(method, settings) ? { phoneNumber: normalNumber(state.phoneNumber) } : {};
    const continues = resetId && (gateToken || state.order?.method === method);
    const { body, here } = continues
        ? await post<Ordered>(`/v1/resets/${resetId}/codes`, { method, ...proof, ...(gateToken ? { gateToken } : {}) })
        : await post<Ordered>('/v1/resets', { userName, method, ...proof });
    return {
        ...state,
        step: 'code',
        method: body.method,
        resetId: body.resetId,
        until: here(body.expiresAt),
        order: {
            method: body.method,
            phoneNumber: state.phoneNumber,
            reference: body.reference,
            resendAt: here(body.resendAt),
            codeUntil: here(body.codeExpiresAt),
        },
    };
}

/** Submits a code or answers. */
export async function verify(state: State, proof: { code: string } | { answers: unknown[] }): Promise<State> {
    const gate = state.gateToken ? { gateToken: state.gateToken } : {};
    const { body, here } = await post<Verified | Another>(`/v1/resets/${state.resetId}/verifications`, { ...proof, ...gate });
    if (body.status === 'verified') {
        return { ...state, step: 'password', resetToken: body.resetToken, until: here(body.expiresAt) };
    }
    return {
        ...state,
        step: 'method',
        gateToken: body.gateToken,
        methods: body.methods,
        method: body.methods.length === 1 ? body.methods[0] : undefined,
        phoneNumber: '',
        order: undefined,
    };
}

/** Sets the new password. */
export async function complete(state: State, newPassword: string): Promise<State> {
    await post(`/v1/resets/${state.resetId}/password`, { resetToken: state.resetToken, newPassword });
    return again(state, 'done');
}
