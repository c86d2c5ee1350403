// What the page needs to know of the deployment. It is the same for everybody.
import { call } from './api';

/** The methods of a reset. All but the questions send a code. */
export type Method = 'mobileSms' | 'mobileCall' | 'officeCall' | 'email' | 'securityQuestions';

export interface Settings {
    organisationName: string;
    domain: string;
    helpdesk: string;
    methods: Method[];
    methodsRequired: number;
    phoneProof: boolean;
    codeDigits: number;
    password: { minLength: number; maxLength: number };
    signIn: { issuer: string; clientId: string; scopes: string[] } | null;
}

let loading: Promise<Settings> | undefined;

/** The settings, loaded once. After a failure the next call tries again. */
export function loadSettings(): Promise<Settings> {
    loading ??= call<Settings>('/v1/settings').then(({ body }) => body);
    loading.catch(() => {
        loading = undefined;
    });
    return loading;
}
