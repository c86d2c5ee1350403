import { type Key, t } from '../../language';

// What the API says of a contact that it refuses, and the sentence that says how to mend it.
const RULES: [RegExp, Key][] = [
    [/must be \+CountryCode|two ways|lack its \+/, 'admin.numberMalformed'],
    [/country code/, 'admin.numberCountry'],
    [/length/, 'admin.numberLength'],
    [/kind of number/, 'admin.numberKind'],
    [/belong to the directory/, 'admin.numberDirectory'],
    [/valid email/, 'admin.addressMalformed'],
];

/** A refusal of a contact in words of the page's language, or as the API says it. */
export function refusalText(detail: string): string {
    const rule = RULES.find(([said]) => said.test(detail));
    return rule ? t(rule[1]) : t('admin.otherRefusal', { detail });
}
