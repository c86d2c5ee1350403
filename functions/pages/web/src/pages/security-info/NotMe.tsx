import { Helpdesk } from '../../components/Helpdesk';
import { rich, t } from '../../language';
import type { Settings } from '../../settings';

/** What to do if somebody else changed something. */
export function NotMe({ settings }: { settings: Settings }) {
    return (
        <details>
            <summary>{t('securityInfo.notMe')}</summary>
            <p>{t('securityInfo.notMeLead')}</p>
            <ul>
                <li>{rich('securityInfo.notMePassword', { link: <a href="/password">{t('securityInfo.notMePasswordLink')}</a> })}</li>
                <li>{t('securityInfo.notMeRemove')}</li>
                <li>{t('securityInfo.notMeHelpdesk')}</li>
            </ul>
            <Helpdesk settings={settings} />
        </details>
    );
}
