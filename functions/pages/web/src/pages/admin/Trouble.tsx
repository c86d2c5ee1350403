import type { Failure } from '../../api';
import { Button } from '../../components/Button';
import { FailureNotice } from '../../components/FailureNotice';
import { Notice } from '../../components/Notice';
import { listOf, t } from '../../language';
import { missingPermissions } from './graph';

function refusal(failure: Failure): string {
    const permissions = missingPermissions(failure);
    return permissions.length ? t('admin.refused', { permission: listOf(permissions, 'disjunction') }) : t('admin.refusedAnyway');
}

/** Says why a call failed. A refusal names the permission that is missing. */
export function Trouble({ failure }: { failure: Failure | undefined }) {
    if (failure?.status !== 403) return <FailureNotice failure={failure} />;
    return (
        <Notice kind="error" title={t('admin.refusedTitle')}>
            <p>{refusal(failure)}</p>
        </Notice>
    );
}

/** Says why a part of the page is missing. The focus stays where it is. */
export function MissingPart({ failure, onRetry }: { failure: Failure | undefined; onRetry: () => void }) {
    if (!failure) return null;
    if (failure.status === 403) {
        return (
            <Notice>
                <p>{t('admin.partRefused')} {refusal(failure)}</p>
            </Notice>
        );
    }
    return (
        <Notice>
            <p>{t('admin.partFailed')}</p>
            <Button look="link" onClick={onRetry}>
                {t('admin.refresh')}
            </Button>
        </Notice>
    );
}
