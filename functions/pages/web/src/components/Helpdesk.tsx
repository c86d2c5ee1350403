import { t } from '../language';
import type { Settings } from '../settings';

/** Where to find help, if the organisation says so. */
export function Helpdesk({ settings }: { settings: Settings | undefined }) {
    return settings?.helpdesk ? <p>{t('common.helpdesk', { helpdesk: settings.helpdesk })}</p> : null;
}
