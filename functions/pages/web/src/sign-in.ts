// Signs people in at the organisation's issuer: OpenID Connect, authorization code with PKCE. The page has no secret.
//
//   page ──► issuer ──► page?code=… ──► token endpoint ──► session (in this tab only)
//
// Sources: OpenID Connect Core 1.0, Discovery 1.0 and RP-Initiated Logout 1.0; RFC 6749, RFC 7636, RFC 9207, RFC 9470.
import * as oauth from 'oauth4webapi';
import { Failure, type Request, type Response, call } from './api';
import { forget, store, stored } from './session';
import { type Settings, loadSettings } from './settings';

/** The person who signed in, in this tab. */
export interface Session {
    token: string;
    /** The name that the issuer calls the person by. */
    userName: string;
    /** When the page received the token, in milliseconds of this machine's clock. */
    at: number;
    /** When the token expires. */
    until: number;
    /** How fresh a sign-in the page asked for last. */
    asked: Freshness;
    /** Whether the sign-in interrupted something that the person did. */
    again: boolean;
    /** Whether the API accepted the token, and whether it accepted a change. */
    worked?: 'read' | 'write';
}

/** `any` sign-in will do; one with an `age` may be some seconds old; a `new` one asks for the password. */
type Freshness = 'any' | 'age' | 'new';

interface Pending {
    state: string;
    nonce: string;
    verifier: string;
    asked: Freshness;
    again: boolean;
}

type Issuer = NonNullable<Settings['signIn']>;

const SESSION = 'session';
const PENDING = 'signIn';
const ENDED = 'signedOut';
/** How long a person may take to sign in. */
const PENDING_MS = 30 * 60_000;
/** How long a token counts if the issuer does not say so. The API decides in any case. */
const DEFAULT_SECONDS = 3600;
/** The token comes straight from the issuer, with this sign-in's nonce. So a wrong clock here must not lock anybody out. */
const CLOCK_TOLERANCE_SECONDS = 86_400;

const pageAddress = () => location.origin + location.pathname;

// The code leaves the address, and so the history, before anything else happens.
const returned = new URL(location.href);
const cameBack = returned.searchParams.has('state') && ['code', 'error'].some((name) => returned.searchParams.has(name));
if (returned.search) history.replaceState(history.state, '', location.pathname + location.hash);

// A page that the Back button restores still waits for the issuer. It must begin again.
addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload();
});

// Only an issuer on this machine may do without TLS.
const insecure = ({ issuer }: Issuer) => ({
    [oauth.allowInsecureRequests]: /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]/.test(issuer),
});

async function issuerOf(): Promise<Issuer> {
    const { signIn } = await loadSettings();
    if (!signIn) throw new Failure('sign-in-off');
    return signIn;
}

async function discover(issuer: Issuer): Promise<oauth.AuthorizationServer> {
    const address = new URL(issuer.issuer);
    return oauth.processDiscoveryResponse(address, await oauth.discoveryRequest(address, insecure(issuer)));
}

/** Turns what went wrong during a sign-in into a `Failure`. */
function failure(error: unknown): Failure {
    if (error instanceof Failure) return error;
    if (error instanceof oauth.AuthorizationResponseError && error.error === 'access_denied') return new Failure('sign-in-refused');
    return new Failure(error instanceof TypeError ? 'offline' : 'sign-in-failed');
}

const never = () => new Promise<never>(() => {});

interface Wish {
    asked?: Freshness;
    /** The greatest age of the sign-in, in seconds. */
    maxAge?: number;
    /** Whether it interrupts something that the person did. */
    again?: boolean;
}

/** Leaves the page for the issuer. The promise is only ever rejected. */
export async function signIn({ asked = 'any', maxAge, again = false }: Wish = {}): Promise<never> {
    try {
        const issuer = await issuerOf();
        const server = await discover(issuer);
        const pending: Pending = {
            state: oauth.generateRandomState(),
            nonce: oauth.generateRandomNonce(),
            verifier: oauth.generateRandomCodeVerifier(),
            asked,
            again,
        };
        const hint = session()?.userName;
        const address = new URL(server.authorization_endpoint!);
        const parameters = {
            response_type: 'code',
            client_id: issuer.clientId,
            redirect_uri: pageAddress(),
            scope: issuer.scopes.join(' '),
            state: pending.state,
            nonce: pending.nonce,
            code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
            code_challenge_method: 'S256',
            ...(hint ? { login_hint: hint } : {}),
            ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
            ...(asked === 'new' ? { prompt: 'login' } : {}),
        };
        Object.entries(parameters).forEach(([name, value]) => address.searchParams.set(name, value));
        store(PENDING, pending, Date.now() + PENDING_MS);
        forget(ENDED);
        location.assign(address);
    } catch (error) {
        throw failure(error);
    }
    return never();
}

/** Redeems the code that the issuer sent the person back with. */
async function redeem(pending: Pending | undefined): Promise<Session> {
    // Whatever state came back, it must be the one that this tab sent.
    if (!pending) throw new Failure('sign-in-failed');
    const issuer = await issuerOf();
    const server = await discover(issuer);
    const client: oauth.Client = { client_id: issuer.clientId, [oauth.clockTolerance]: CLOCK_TOLERANCE_SECONDS };
    const parameters = oauth.validateAuthResponse(server, client, returned, pending.state);
    const answer = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        oauth.None(),
        parameters,
        pageAddress(),
        pending.verifier,
        insecure(issuer),
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
        expectedNonce: pending.nonce,
        requireIdToken: true,
    });
    const { preferred_username, name, sub } = oauth.getValidatedIdTokenClaims(tokens)!;
    const session: Session = {
        token: tokens.access_token,
        userName: String(preferred_username ?? name ?? sub),
        at: Date.now(),
        until: Date.now() + (tokens.expires_in ?? DEFAULT_SECONDS) * 1000,
        asked: pending.asked,
        again: pending.again,
    };
    keep(session);
    return session;
}

const keep = (session: Session) => store(SESSION, session, session.until);

/** The session of this tab, if it has not expired. */
export const session = (): Session | undefined => stored<Session>(SESSION);

function note(worked: 'read' | 'write') {
    const now = session();
    if (now && now.worked !== 'write') keep({ ...now, worked });
}

let arriving: Promise<Session | undefined> | undefined;

/**
 * The session with which the page begins: that of a sign-in that just ended, else the one of this tab. Without either
 * the page leaves for the issuer, unless the person has just signed out (`undefined`). Rejects with a `Failure`.
 */
export function arrive(): Promise<Session | undefined> {
    arriving ??= (async () => {
        if (stored(ENDED)) return undefined;
        const pending = stored<Pending>(PENDING);
        forget(PENDING);
        try {
            // A reload or another tab's answer leaves no sign-in to end, and an earlier session still counts.
            if (cameBack && (pending || !session())) return await redeem(pending);
        } catch (error) {
            throw failure(error);
        }
        return session() ?? signIn();
    })();
    return arriving;
}

/** Whether the last session ended in this tab only, because the issuer could not be reached or has no way to end one. */
export const endedHereOnly = (): boolean => stored(ENDED) === 'here';

/** Ends the session here and at the issuer. */
export async function signOut(): Promise<void> {
    forget(SESSION);
    store(ENDED, 'here');
    const issuer = await issuerOf();
    const { end_session_endpoint: end } = await discover(issuer);
    if (!end) return location.reload();
    const address = new URL(end);
    // Without `id_token_hint`: a token has no place in an address.
    address.searchParams.set('client_id', issuer.clientId);
    address.searchParams.set('post_logout_redirect_uri', pageAddress());
    store(ENDED, 'everywhere');
    location.assign(address);
    return never();
}

// The greatest age of a sign-in that the API accepts for a change (RFC 9470), or `undefined` if that is not the trouble.
function wantedAge({ challenge }: Failure): number | undefined {
    if (!/\berror="?insufficient_user_authentication\b/.test(challenge)) return undefined;
    return Number(challenge.match(/\bmax_age="?(\d+)/)?.[1] ?? 0);
}

/**
 * Calls the API for the person. If the sign-in is over or too old, the page leaves for the issuer, and the promise stays
 * pending. So the page must store beforehand what it needs afterwards. If signing in again did not help, it rejects.
 */
export async function callSignedIn<T>(path: string, request: Request = {}): Promise<Response<T>> {
    const now = session();
    const kind = (request.method ?? 'GET') === 'GET' && request.body === undefined ? 'read' : 'write';
    if (!now) return signIn({ again: kind === 'write' });
    try {
        const response = await call<T>(path, { ...request, token: now.token });
        note(kind);
        return response;
    } catch (error) {
        if (!(error instanceof Failure) || error.status !== 401) {
            // What is refused for another reason would have been allowed.
            if (error instanceof Failure && [400, 404, 409, 422].includes(error.status)) note(kind);
            throw error;
        }
        const age = wantedAge(error);
        if (age === undefined) {
            // A token that never worked will not work after another sign-in either.
            if (!now.worked) throw new Failure('sign-in-failed');
            forget(SESSION);
            return signIn({ again: kind === 'write' });
        }
        // An issuer may overlook `max_age`. Then it is asked for the password in any case, and that only once.
        const useless = now.worked !== 'write' && Date.now() - now.at < Math.max(age, 60) * 1000;
        if (now.asked === 'new' && useless) throw new Failure('sign-in-failed');
        return signIn({ asked: now.asked === 'age' && useless ? 'new' : 'age', maxAge: age, again: true });
    }
}
