// Calls to the API. Every failure is a `Failure`, whose `code` says what the page can do about it.

/** How long a call may take. */
const TIMEOUT_MS = 30_000;
/** How often a call is repeated while its first run is still under way, and the pause before each. */
const REPEATS = 10;
const REPEAT_MS = 2_000;
const IN_USE = 'idempotency-key-in-use';

/** Why a call failed. `offline` and `timeout` are the page's own codes; the others are those of RFC 9457 problems. */
export class Failure extends Error {
    constructor(
        readonly code: string,
        /** The status, or 0 if there was no response. */
        readonly status = 0,
        readonly detail = '',
        /** Seconds to wait, if the response said so. */
        readonly wait = 0,
        /** Why a password was refused. */
        readonly reasons: string[] = [],
        /** The challenge of a 401. */
        readonly challenge = '',
    ) {
        super(code);
    }
}

export interface Request {
    method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
    body?: unknown;
    /** A bearer token. */
    token?: string | undefined;
    /** Whether repeating the call after a failure must have no second effect. */
    idempotent?: boolean;
    headers?: Record<string, string>;
}

export interface Response<T> {
    status: number;
    body: T;
    /** Converts a time of the server to this machine's clock, in milliseconds. */
    here: (time: string) => number;
}

// The key of each call without a definite response yet. The same call again, by a person who retries, has the same key.
const keys = new Map<string, string>();

const newKey = (): string => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18))));

async function once(path: string, method: string, headers: Record<string, string>, body: string | undefined) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
    try {
        const answer = await fetch(API + path, {
            method,
            headers,
            ...(body === undefined ? {} : { body }),
            signal: abort.signal,
            credentials: 'omit',
            redirect: 'error',
        });
        return { answer, text: await answer.text() };
    } catch {
        throw new Failure(abort.signal.aborted ? 'timeout' : 'offline');
    } finally {
        clearTimeout(timer);
    }
}

function parse(text: string) {
    try {
        return text ? JSON.parse(text) : undefined;
    } catch {
        return undefined;
    }
}

/** Calls the API. Rejects with a `Failure` unless the status is 2xx. */
export async function call<T>(path: string, request: Request = {}): Promise<Response<T>> {
    const { method = request.body === undefined ? 'GET' : 'POST', token, idempotent } = request;
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const same = `${method} ${path} ${body}`;
    const headers: Record<string, string> = { ...request.headers };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    if (token) headers.Authorization = `Bearer ${token}`;
    if (idempotent) {
        const key = keys.get(same) ?? newKey();
        keys.set(same, key);
        headers['Idempotency-Key'] = key;
    }

    for (let run = 0; ; run += 1) {
        const { answer, text } = await once(path, method, headers, body);
        const found = parse(text);
        // On Graph's routes the problem is Graph's error object.
        const problem = found?.error ?? found ?? {};
        if (answer.status === 409 && problem.code === IN_USE && run < REPEATS) {
            await new Promise((resolve) => setTimeout(resolve, REPEAT_MS));
            continue;
        }
        if (problem.code !== IN_USE && answer.status !== 429 && answer.status !== 503) keys.delete(same);
        if (!answer.ok) {
            throw new Failure(
                problem.code ?? (answer.status === 429 ? 'rate-limited' : 'unavailable'),
                answer.status,
                problem.detail ?? problem.message ?? '',
                Number(answer.headers.get('Retry-After')) || 0,
                problem.reasons ?? [],
                answer.headers.get('WWW-Authenticate') ?? '',
            );
        }
        // A page on another origin cannot read the Date header. Then the clocks count as equal.
        const server = Date.parse(answer.headers.get('Date') ?? '') || Date.now();
        const ahead = Date.now() - server;
        return { status: answer.status, body: found as T, here: (time) => Date.parse(time) + ahead };
    }
}
