import { useEffect, useState } from 'preact/hooks';
import type { Failure } from '../../api';
import { Button } from '../../components/Button';
import { type Key, t } from '../../language';
import { MissingPart } from './Trouble';
import { type AuditRecord, type Page, type User, asFailure, graph, nextPath, quoted, withOptions } from './graph';
import { clock, day } from './time';
import { useLoad } from './useLoad';

const TOP = 50;
const CODES = [
    'Self-service password reset flow activity progress',
    'Blocked from self-service password reset',
    'Message delivery report',
];

// A code of a registration that was not sent is recorded as a registration that failed.
const isOfCodes = ({ activityDisplayName: activity, result }: AuditRecord): boolean =>
    CODES.includes(activity) || (activity === 'User registered security info' && result === 'failure');

/** A text of the audit as the part of a key: `User submitted their user ID` is `user-submitted-their-user-id`. */
const slug = (text: string): string => text.toLowerCase().replace(/[^a-z]+/g, '-').replace(/^-|-$/g, '');

/** What happened to a person, newest first. */
export function Timeline({ user, version }: { user: User; version: string }) {
    const [all, setAll] = useState(false);
    const [older, setOlder] = useState<Page<AuditRecord>[]>([]);
    const [failure, setFailure] = useState<Failure>();
    const [busy, setBusy] = useState(false);
    const filter = `targetResources/any(t:t/id eq ${quoted(user.id)})`;
    const load = () => graph<Page<AuditRecord>>(withOptions('/auditLogs/directoryAudits', { filter, top: TOP }));
    const first = useLoad(load, version);
    useEffect(() => setOlder([]), [version]);

    const pages = first.data ? [first.data, ...older] : [];
    const last = pages[pages.length - 1];
    const next = last && nextPath(last);
    const records = pages.flatMap(({ value }) => value);
    const shown = all ? records : records.filter(isOfCodes);
    const refused = shown.find(({ result }) => result === 'failure');

    const more = async () => {
        setBusy(true);
        setFailure(undefined);
        try {
            const page = await graph<Page<AuditRecord>>(next!);
            setOlder((known) => [...known, page]);
        } catch (error) {
            setFailure(asFailure(error));
        } finally {
            setBusy(false);
        }
    };

    return (
        <section class="card stack" aria-labelledby="timeline">
            <h2 id="timeline">{t('admin.timeline')}</h2>
            <MissingPart failure={first.failure ?? failure} onRetry={failure ? () => void more() : first.reload} />
            {first.data && (
                <>
                    <div class="row" role="group" aria-labelledby="timeline">
                        {([false, true] as const).map((choice) => (
                            <button type="button" key={String(choice)} class="pill" aria-pressed={all === choice} onClick={() => setAll(choice)}>
                                {choice ? t('admin.everything') : t('admin.whyNoCode')}
                            </button>
                        ))}
                        <Button look="link" onClick={() => (setOlder([]), first.reload())}>
                            {t('admin.refresh')}
                        </Button>
                    </div>
                    <div role="status">
                        {!all && <p class={refused ? 'value' : ''}>{answer(shown, refused)}</p>}
                        {all && !shown.length && <p>{t('admin.noRecords')}</p>}
                    </div>
                    <ol class="timeline">
                        {shown.map((record, index) => (
                            <Entry
                                key={record.id}
                                record={record}
                                user={user}
                                newDay={!index || day(shown[index - 1]!.activityDateTime) !== day(record.activityDateTime)}
                            />
                        ))}
                    </ol>
                    {next && (
                        <div class="row">
                            <Button look="secondary" busy={busy} onClick={() => void more()}>
                                {t('admin.earlier')}
                            </Button>
                        </div>
                    )}
                </>
            )}
        </section>
    );
}

/** Why no code came, as far as the records say. */
function answer(shown: AuditRecord[], refused: AuditRecord | undefined): string {
    if (!refused) return shown.length ? t('admin.allSent') : t('admin.noCodes');
    const { activityDateTime: at } = refused;
    return t('admin.lastRefusal', { reason: reasonText(refused), day: day(at), time: clock(at) });
}

/** A text of the audit in the page's language, or as the service says it. */
function translated(prefix: string, said: string, name = slug(said)): string {
    const key = `admin.${prefix}-${name}`;
    const text = t(key as Key);
    return text === key ? said : text;
}

const reasonText = ({ resultReason }: AuditRecord): string => translated('said', resultReason);

function Entry({ record, user, newDay }: { record: AuditRecord; user: User; newDay: boolean }) {
    const { activityDateTime: at, activityDisplayName, result, resultReason, initiatedBy, targetResources } = record;
    const by = initiatedBy.user?.userPrincipalName ?? initiatedBy.app?.appId;
    const from = initiatedBy.user?.ipAddress ?? initiatedBy.app?.ipAddress;
    const changes = targetResources.flatMap(({ modifiedProperties }) => modifiedProperties);
    const activity = translated('activity', activityDisplayName);
    return (
        <li class={result === 'failure' ? 'failed' : ''}>
            {newDay && <p class="quiet day">{day(at)}</p>}
            <p>
                <time dateTime={at} class="quiet">
                    {clock(at)}
                </time>{' '}
                <span class="value">{resultReason ? reasonText(record) : activity}</span>
                {result === 'failure' && <span class="badge bad">{t('admin.refusal')}</span>}
            </p>
            {resultReason && <p class="quiet small">{activity}</p>}
            {by && by !== user.userPrincipalName && (
                <p class="quiet small">{from ? t('admin.byFrom', { by, from }) : t('admin.by', { by })}</p>
            )}
            {changes.map(({ displayName, oldValue, newValue }) => (
                <p key={displayName} class="small">
                    <span class="quiet">{translated('changed', displayName, displayName)}</span>{' '}
                    {oldValue && <del>{oldValue}</del>} {newValue && <ins>{translated('said', newValue)}</ins>}
                </p>
            ))}
        </li>
    );
}
