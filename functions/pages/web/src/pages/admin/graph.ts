// The API's administration, in Microsoft Graph's shape.
import { Failure, type Request } from '../../api';
import { callSignedIn, session } from '../../sign-in';

const BASE = '/graph/v1.0';

export interface User {
    id: string;
    userPrincipalName: string;
    displayName: string | null;
    mail: string | null;
    mobilePhone: string | null;
    businessPhones: string[];
    accountEnabled: boolean;
    otherMails: string[];
    isAdmin: boolean;
    onPremisesSyncEnabled: boolean;
    jobTitle: string | null;
    department: string | null;
    preferredLanguage: string | null;
    createdDateTime: string;
}

export interface Contact {
    type: string;
    origin: 'registered' | 'profile';
    source: string;
    setDateTime: string;
    verifiedDateTime: string | null;
    usable: boolean;
    reason: string | null;
}

export interface Registration {
    id: string;
    userPrincipalName: string;
    userDisplayName: string | null;
    isAdmin: boolean;
    isSsprRegistered: boolean;
    isSsprEnabled: boolean;
    isSsprCapable: boolean;
    methodsRegistered: string[];
    reconfirmBy: string | null;
    contacts: Contact[];
}

export interface RegisteredMethod {
    '@odata.type': string;
    id: string;
    phoneNumber?: string;
    phoneType?: string;
    emailAddress?: string;
}

export interface AuditRecord {
    id: string;
    activityDateTime: string;
    activityDisplayName: string;
    result: 'success' | 'failure';
    resultReason: string;
    initiatedBy: {
        user: { userPrincipalName: string | null; ipAddress: string | null } | null;
        app: { appId: string | null; ipAddress: string | null } | null;
    };
    targetResources: { modifiedProperties: { displayName: string; oldValue: string | null; newValue: string | null }[] }[];
}

export interface Page<T> {
    value: T[];
    '@odata.nextLink'?: string;
}

/** Calls a route, and returns its body. */
export const graph = async <T>(path: string, request?: Request): Promise<T> => (await callSignedIn<T>(BASE + path, request)).body;

/** A path with query options. */
export const withOptions = (path: string, options: Record<string, string | number>): string =>
    `${path}?${Object.entries(options).map(([name, value]) => `$${name}=${encodeURIComponent(value)}`).join('&')}`;

/** The path of a page's next one. The link is absolute, but the page calls no other address than its own API. */
export function nextPath<T>(page: Page<T>): string | undefined {
    const link = page['@odata.nextLink'];
    return link?.slice(link.indexOf(BASE) + BASE.length);
}

/** A text as a literal of a filter. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export const userPath = (id: string): string => `/users/${encodeURIComponent(id)}`;

/** The permissions that a refusal names, such as `User.Read.All`. */
export const missingPermissions = ({ detail }: Failure): string[] => detail.match(/[A-Z]\w+(\.[A-Z]\w+)+/g) ?? [];

/** The scopes in the token, or `undefined` if the page cannot read it. Then only the API knows what is allowed. */
export function scopes(): string[] | undefined {
    try {
        const [, claims = ''] = session()!.token.split('.');
        const { scp, scope } = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/')));
        const found = scp ?? scope;
        return Array.isArray(found) ? found : typeof found === 'string' ? found.split(' ') : undefined;
    } catch {
        return undefined;
    }
}

/** Whether the token may have one of these permissions. */
export function mayHave(...permissions: string[]): boolean {
    const known = scopes();
    return !known || permissions.some((permission) => known.includes(permission));
}

export const asFailure = (error: unknown): Failure => (error instanceof Failure ? error : new Failure('failed'));
