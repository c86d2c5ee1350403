import type { Failure } from '../api';
import { type Key, t } from '../language';
import { span } from './Countdown';
import { Notice } from './Notice';

/** How long to wait if the response does not say so. */
const WAIT_SECONDS = 30;
const TEXTS = { offline: 'offline', timeout: 'timeout', 'rate-limited': 'rateLimited', unavailable: 'unavailable' };

/** Says why a call failed, and what helps. */
export function FailureNotice({ failure }: { failure: Failure | undefined }) {
    if (!failure) return null;
    const text = TEXTS[failure.code as keyof typeof TEXTS] ?? 'failed';
    return (
        <Notice kind="error" title={t(`common.${text}Title` as Key)}>
            <p>{t(`common.${text}` as Key, { wait: span(failure.wait || WAIT_SECONDS) })}</p>
        </Notice>
    );
}
