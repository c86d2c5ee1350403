// Reads the code out of a text message, on the browsers that can (WebOTP). It only fills the field.
interface OtpRequest extends CredentialRequestOptions {
    otp: { transport: string[] };
}

/** Waits for a text message with a code for this site. Returns how to stop waiting. */
export function awaitTextMessage(found: (code: string) => void): () => void {
    const abort = new AbortController();
    if ('OTPCredential' in window) {
        const request: OtpRequest = { otp: { transport: ['sms'] }, signal: abort.signal };
        navigator.credentials
            .get(request)
            .then((credential) => credential && found((credential as Credential & { code: string }).code))
            // The person said no, or the step is over.
            .catch(() => {});
    }
    return () => abort.abort();
}
