// Counts who is registered and who can reset.
import { type Page, type Registration, graph, nextPath, withOptions } from './graph';

const PATH = '/reports/authenticationMethods/userRegistrationDetails';
const TOP = 999;

/** The names of the methods in the report, in the order of the chart. */
export const METHODS = ['mobilePhone', 'alternateMobilePhone', 'officePhone', 'email', 'securityQuestion'];

/** Reads the whole report, page by page, until `stopped`. After each page it says what there is so far. */
export async function readReport(show: (people: Registration[], done: boolean) => void, stopped: () => boolean): Promise<void> {
    const people: Registration[] = [];
    let path: string | undefined = withOptions(PATH, { top: TOP });
    while (path && !stopped()) {
        const page: Page<Registration> = await graph<Page<Registration>>(path);
        people.push(...page.value);
        path = nextPath(page);
        if (!stopped()) show([...people], !path);
    }
}

// A spreadsheet takes a text that begins with one of these for a formula.
const FORMULA = /^[=+\-@\t\r]/;

function cell(value: string | boolean): string {
    const text = String(value);
    return `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}

/** The report as CSV (RFC 4180), with the API's names. */
export function toCsv(people: Registration[]): string {
    const head = ['userPrincipalName', 'userDisplayName', 'isAdmin', 'isSsprRegistered', 'isSsprCapable', 'methodsRegistered', 'reconfirmBy'];
    const rows = people.map((person) => [
        person.userPrincipalName,
        person.userDisplayName ?? '',
        person.isAdmin,
        person.isSsprRegistered,
        person.isSsprCapable,
        person.methodsRegistered.join(' '),
        person.reconfirmBy ?? '',
    ]);
    return [head, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** Offers a text to the person as a file. */
export function download(name: string, type: string, text: string): void {
    // Spreadsheets know UTF-8 by its mark.
    const address = URL.createObjectURL(new Blob(['\ufeff', text], { type }));
    const link = document.createElement('a');
    link.href = address;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
