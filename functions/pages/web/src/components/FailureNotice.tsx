import type { Failure } from '../api';
import { type Key, t } from '../language';
import { span } from './Countdown';
import { Notice } from './Notice';

/** How long to wait if the response does not say so. */
const WAIT_SECONDS = 30;
// The title and the text for each code.
const TEXTS: Record<string, [Key, Key]> = {
    offline: ['common.offlineTitle', 'common.offline'],
    timeout: ['common.timeoutTitle', 'common.offline'],
    'rate-limited': ['common.rateLimitedTitle', 'common.wait'],
    unavailable: ['common.unavailableTitle', 'common.wait'],
};

/** Says why a call failed, and what helps. */
export function FailureNotice({ failure }: { failure: Failure | undefined }) {
    if (!failure) return null;
    const [title, text] = TEXTS[failure.code] ?? ['common.failedTitle', 'common.failed'];
    return (
        <Notice kind="error" title={t(title)}>
            <p>{t(text, { wait: span(failure.wait || WAIT_SECONDS) })}</p>
        </Notice>
    );
}
