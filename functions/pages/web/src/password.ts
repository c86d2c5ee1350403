// The rules for new passwords: as a checklist while a person types, and as words after a refusal.
import type { Rule } from './components/Checklist';
import { type Key, t } from './language';
import type { Settings } from './settings';

/** The shortest part of a user name that a password must not contain. */
const SHORTEST_NAME = 4;

const length = (password: string): number => [...password].length;

function containsName(password: string, userName: string): boolean {
    const local = (userName.split('@')[0] ?? '').toLowerCase();
    return length(local) >= SHORTEST_NAME && password.toLowerCase().includes(local);
}

/** The rules, with what this machine can tell about each. */
export function rules(password: string, userName: string, settings: Settings): Rule[] {
    return [
        { text: t(`password.too-short` as Key, { count: settings.password.minLength }), met: length(password) >= settings.password.minLength },
        { text: t(`password.contains-user-name` as Key), met: password !== '' && !containsName(password, userName) },
        { text: t('password.ruleCommon'), met: undefined },
    ];
}

/** Why a password was refused. A reason that is new to this page is said in general words. */
export function reasonsText(reasons: string[], { password: { minLength, maxLength } }: Settings): string {
    const texts = reasons
        .map((reason) => t(`password.${reason}` as Key, { count: reason === 'too-long' ? maxLength : minLength }))
        .filter((text) => !text.startsWith('password.'));
    return texts.join('. ') || t('password.refused');
}

/** What this machine can refuse by itself. */
export function refusal(password: string, userName: string, settings: Settings): string | undefined {
    if (!password) return t('common.newPasswordMissing');
    const { minLength, maxLength } = settings.password;
    const reasons = [
        length(password) < minLength && 'too-short',
        length(password) > maxLength && 'too-long',
        containsName(password, userName) && 'contains-user-name',
    ].filter((reason) => reason !== false);
    return reasons.length ? reasonsText(reasons, settings) : undefined;
}
