// The page /admin: how administrators find a person, see what happened, and help.
import { readFileSync } from 'node:fs';
import { check, expect, look, startService, tabTo, texts } from './harness.mjs';
import { ADELE, CAMILLE, LENA, alert, heading, press, signsIn } from './steps.mjs';

const IDA = { userName: 'ida@contoso.example', password: 'ida-old-password-2026' };
const NO_ADMINISTRATOR = { ...ADELE, password: 'adele-old-password-2026' };
const SMALL = { viewport: { width: 320, height: 640 } };

// The issuer's own page is not one of the pages under test.
async function signIn(page, { userName, password }) {
    await page.locator('input[name=userName]').fill(userName);
    await page.locator('input[name=password]').fill(password);
    await page.locator('button[type=submit]').click();
    await heading(page, 'admin.findHeading');
    expect(new URL(page.url()).search === '', 'the code of the sign-in is still in the address');
}

const search = (page) => page.getByLabel(page.say('admin.search'), { exact: true });
const people = (page) => page.getByRole('list', { name: page.say('admin.people') }).getByRole('button');

async function find(page, text, name) {
    await search(page).fill(text);
    await press(page, 'admin.find');
    await people(page).filter({ hasText: name }).waitFor();
}

async function finding(page) {
    await signIn(page, IDA);
    await look(page, 'admin-search');
    await press(page, 'admin.find');
    await page.getByText(page.say('admin.searchMissing')).waitFor();
    await find(page, 'len', 'Lena Groß');
    await find(page, 'robles mat', 'Mateo Robles Castellanos');
    await find(page, '+1 (425) 555-0101', 'Lena Groß');
    await find(page, '+14255550111', 'Adele Vance');
    await find(page, 'LENA@', 'Lena Groß');
    await find(page, LENA.email, 'Lena Groß');
    expect((await people(page).count()) === 1, 'an address finds more than one person');
    await look(page, 'admin-found');
    await search(page).fill('4255550101');
    await press(page, 'admin.find');
    await page.getByText(page.say('admin.foundNoNumber')).waitFor();
    await search(page).fill("o'nobody");
    await press(page, 'admin.find');
    await page.getByText(page.say('admin.foundNobody')).waitFor();
}

// Makes a person whom no directory owns.
async function create(service, name, displayName) {
    const { accessToken } = await service.json('/_local/tokens', { permissions: ['User.ReadWrite.All'] });
    const user = {
        userPrincipalName: `${name}@contoso.example`,
        displayName,
        mailNickname: name,
        accountEnabled: true,
        passwordProfile: { password: 'seven long and winding roads' },
    };
    await service.json('/graph/v1.0/users', user, { Authorization: `Bearer ${accessToken}` });
}

async function paging(page, service) {
    for (let count = 10; count < 55; count += 1) await create(service, `zoe${count}`, `Zoe ${count}`);
    await signIn(page, IDA);
    await find(page, 'zoe', 'Zoe 11');
    const names = new Set();
    for (const expected of [20, 20, 5]) {
        expect((await people(page).count()) === expected, `a page shows ${await people(page).count()} people`);
        (await people(page).allInnerTexts()).forEach((text) => names.add(text));
        if (expected === 20) {
            const before = await page.locator('.list').innerText();
            await press(page, 'admin.nextPage');
            await page.waitForFunction((shown) => document.querySelector('.list').innerText !== shown, before);
        }
    }
    expect(names.size === 45, `only ${names.size} people were shown`);
    expect(!(await page.getByRole('button', { name: page.say('admin.nextPage') }).count()), 'there is a page after the last');
}

async function notAllowed(page) {
    await signIn(page, NO_ADMINISTRATOR);
    await search(page).fill('len');
    await press(page, 'admin.find');
    await alert(page).getByText('User.Read.All').waitFor();
    await look(page, 'admin-refused');
}

const contact = (page, text) => page.getByRole('listitem').filter({ hasText: text }).first();

async function openPerson(page, text, name) {
    await find(page, text, name);
    await people(page).filter({ hasText: name }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
}

// Somebody orders a code with a number that is not Lena's, and then with hers.
async function orderCodes(service) {
    const order = { userName: LENA.userName, method: 'mobileSms' };
    await service.json('/v1/resets', { ...order, phoneNumber: ADELE.mobile });
    await service.json('/v1/resets', { ...order, phoneNumber: LENA.mobile });
    await service.message(LENA.mobile);
}

async function person(page, service, name) {
    await orderCodes(service);
    await signIn(page, IDA);
    await openPerson(page, 'mateo', 'Mateo Robles Castellanos');
    await contact(page, page.say('admin.reason-notFirst')).waitFor();
    await page.getByText(page.say('admin.noCodes')).waitFor();
    await press(page, 'admin.toSearch');
    await openPerson(page, 'lena', 'Lena Groß');
    await contact(page, '+1 4255550101').getByText(page.say('admin.usable')).waitFor();
    const refused = page.say('admin.said-the-claimed-phone-number-is-not-the-one-on-file');
    await page.getByRole('status').filter({ hasText: refused }).waitFor();
    await contact(page, page.say('admin.said-user-started-the-mobile-sms-verification-option')).getByText('+1 ********01').waitFor();
    await look(page, name);
    await press(page, 'admin.everything');
    await contact(page, page.say('admin.activity-add-user')).waitFor();
    await look(page, `${name}-everything`);
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Lena Groß' }).waitFor();
}

const dialog = (page) => page.getByRole('dialog');
const said = (page, key, name) => page.getByRole('status').filter({ hasText: page.say(key, { name }) }).waitFor();

// Opens an act, and confirms it.
async function act(page, key, name) {
    await press(page, `admin.${key}-button`);
    await dialog(page).getByText(page.say(`admin.${key}-lead`)).waitFor();
    await dialog(page).getByRole('button', { name: page.say(`admin.${key}-button`) }).click();
}

async function acts(page, service) {
    const name = 'Camille Laurent';
    await signIn(page, IDA);
    await openPerson(page, 'camille', name);
    await press(page, 'admin.unblock-button');
    await look(page, 'admin-confirm');
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'detached' });
    const invoker = page.getByRole('button', { name: page.say('admin.unblock-button') });
    expect(await invoker.evaluate((element) => element === document.activeElement), 'the focus is not where it was');
    for (const key of ['unblock', 'sessions', 'disable', 'enable']) {
        await act(page, key, name);
        await said(page, `admin.${key}-done`, name);
        if (key === 'disable') await page.getByText(page.say('admin.disabledContacts')).waitFor();
    }
    await act(page, 'password', name);
    const password = await page.locator('.drawn').innerText();
    await page.keyboard.press('Escape');
    await look(page, 'admin-drawn');
    await press(page, 'admin.copy');
    await dialog(page).getByText(page.say('admin.copied')).waitFor();
    await press(page, 'admin.drawnClose');
    await said(page, 'admin.password-done', name);
    expect(!(await page.content()).includes(password), 'the password is still in the page');
    const stored = await page.evaluate(() => JSON.stringify({ ...sessionStorage }));
    expect(!stored.includes(password), 'the page keeps the password');
    expect(await signsIn(service, CAMILLE.userName, password), 'the new password does not sign in');
    await press(page, 'admin.everything');
    await contact(page, page.say('admin.activity-unblock-password-reset-by-admin')).getByText(IDA.userName).waitFor();
}

const field = (page, id) => page.locator(`[id="${id}"]`);
const refused = (page, id, key) => page.locator(`[id="${id}-error"]`).getByText(page.say(key)).waitFor();
const save = (page, key) => dialog(page).getByRole('button', { name: page.say(key), exact: true }).click();

async function changeContacts(page, service) {
    const name = 'Bea Long';
    await create(service, 'bea', name);
    await signIn(page, IDA);
    await openPerson(page, 'bea', name);
    await page.getByText(page.say('admin.noContacts')).waitFor();
    await press(page, 'admin.changeContacts');
    await field(page, 'mobilePhone').fill('0151 234');
    await save(page, 'admin.save');
    await refused(page, 'mobilePhone', 'admin.numberMalformed');
    await look(page, 'admin-contacts-refused');
    for (const [number, key] of [['+999 1234567', 'numberCountry'], ['+1 42555', 'numberLength'], ['+1 900 555 0177', 'numberKind']]) {
        await field(page, 'mobilePhone').fill(number);
        await save(page, 'admin.save');
        await refused(page, 'mobilePhone', `admin.${key}`);
    }
    await field(page, 'mobilePhone').fill('+1 425-555-0144');
    await field(page, 'otherMails-0').fill('bea at example');
    await save(page, 'admin.save');
    await refused(page, 'otherMails-0', 'admin.addressMalformed');
    await field(page, 'otherMails-0').fill('bea.long@example.org');
    await save(page, 'admin.save');
    await said(page, 'admin.contactsDone', name);
    await contact(page, '+1 4255550144').getByText(page.say('admin.usable')).waitFor();
    await contact(page, 'bea.long@example.org').getByText(page.say('admin.usable')).waitFor();
    await press(page, 'admin.changeContacts');
    await field(page, 'businessPhones').fill('+1 4255550155');
    await field(page, 'otherMails-0').fill('');
    await save(page, 'admin.save');
    await contact(page, '+1 4255550155').waitFor();
    expect(!(await page.getByText('bea.long@example.org').count()), 'the address is still there');
}

async function changeMethods(page) {
    const name = 'Omar Haddad';
    await signIn(page, IDA);
    await openPerson(page, 'omar', name);
    await press(page, 'admin.changeContacts');
    await dialog(page).getByText(page.say('admin.numberDirectory')).waitFor();
    await press(page, 'admin.cancel');
    await press(page, 'admin.addMethod');
    await look(page, 'admin-add-method');
    await save(page, 'admin.addMethod');
    await refused(page, 'method', 'admin.numberMalformed');
    await field(page, 'method').fill('+1 425 555 0166');
    await save(page, 'admin.addMethod');
    await said(page, 'admin.addDone', name);
    await contact(page, '+1 4255550166').getByText(page.say('admin.usable')).waitFor();
    await press(page, 'admin.addMethod');
    await dialog(page).getByText(page.say('admin.type-email'), { exact: true }).click();
    await field(page, 'method').fill('omar.haddad@example.net');
    await save(page, 'admin.addMethod');
    await contact(page, page.say('admin.reason-superseded')).waitFor();
    await look(page, 'admin-methods');
    await page.getByRole('button', { name: page.say('admin.removeNamed', { value: '+1 4255550166' }) }).click();
    await dialog(page).getByText(page.say('admin.removeLead')).waitFor();
    await save(page, 'admin.remove');
    await said(page, 'admin.removeDone', name);
    await contact(page, 'omar.haddad@example.net').waitFor();
    await page.getByText('+1 4255550166', { exact: true }).waitFor({ state: 'detached' });
}

// Nobody changes themselves here.
async function self(page) {
    await signIn(page, IDA);
    await openPerson(page, 'ida', 'Ida Berg');
    await page.getByText(page.say('admin.self')).waitFor();
    expect(!(await page.getByRole('button', { name: page.say('admin.password-button') }).count()), 'an act is offered');
}

// The API refuses what the token seems to allow.
async function refusedAct(page) {
    const error = { code: 'Authorization_RequestDenied', message: 'needs User.ReadWrite.All' };
    await signIn(page, IDA);
    await openPerson(page, 'omar', 'Omar Haddad');
    await page.route('**/revokeSignInSessions', (route) => route.fulfill({ status: 403, json: { error } }));
    await act(page, 'sessions', 'Omar Haddad');
    await dialog(page).getByText('User.ReadWrite.All').waitFor();
    await press(page, 'admin.cancel');
    expect(!(await page.getByRole('button', { name: page.say('admin.sessions-button') }).count()), 'a refused act is still offered');
}

const count = async (page, name) => Number.parseInt(await page.getByRole('row', { name }).getByRole('cell').first().innerText(), 10);

async function report(page, name) {
    await signIn(page, IDA);
    await press(page, 'admin.report');
    await heading(page, 'admin.report');
    await page.getByRole('row', { name: page.say('admin.capable') }).waitFor();
    expect((await count(page, page.say('admin.capable'))) === 8, 'not all sample people can reset their password');
    expect((await count(page, page.say('admin.registered'))) === 0, 'somebody is registered');
    await press(page, 'admin.noMethod');
    await look(page, name);
    const [file] = await Promise.all([page.waitForEvent('download'), press(page, 'admin.csv')]);
    const text = readFileSync(await file.path(), 'utf8');
    expect(text.split('\r\n').length === 10 && text.includes('"lena@contoso.example","Lena Groß"'), `the file is ${text}`);
    await page.getByRole('button', { name: /Priya Nair/ }).click();
    await page.getByRole('heading', { level: 1, name: 'Priya Nair' }).waitFor();
    await press(page, 'admin.toReport');
    await heading(page, 'admin.report');
}

async function policy(page, name) {
    await signIn(page, IDA);
    await press(page, 'admin.policy');
    await page.getByText(page.say('admin.bound-evaluationsPerDay')).waitFor();
    await page.getByText('phoneProof').waitFor();
    await look(page, name);
    expect(!(await page.locator('main').innerText()).includes('admin.'), 'a text is missing');
}

// A token that may only read: the page says what it lacks, and offers no act.
async function reading(page, service) {
    const scopes = ['openid', 'profile', 'User.Read.All', 'UserAuthenticationMethod.Read.All'];
    await page.route('**/v1/settings', async (route) => {
        const response = await route.fetch();
        const settings = await response.json();
        await route.fulfill({ response, json: { ...settings, signIn: { ...settings.signIn, scopes } } });
    });
    await page.goto(`${service.url}/admin`);
    await signIn(page, IDA);
    await openPerson(page, 'mateo', 'Mateo Robles Castellanos');
    await contact(page, page.say('admin.type-mobilePhone')).waitFor();
    await page.getByText('AuditLog.Read.All').first().waitFor();
    for (const key of ['unblock-button', 'password-button', 'sessions-button', 'disable-button', 'changeContacts', 'addMethod']) {
        expect(!(await page.getByRole('button', { name: page.say(`admin.${key}`) }).count()), `${key} is offered`);
    }
    await look(page, 'admin-reading');
}

// A search and an act without a mouse.
async function byKeyboard(page) {
    await signIn(page, IDA);
    await tabTo(page, search(page));
    await page.keyboard.type('adele');
    await page.keyboard.press('Enter');
    await people(page).filter({ hasText: 'Adele Vance' }).waitFor();
    await tabTo(page, people(page).first());
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Adele Vance' }).waitFor();
    await tabTo(page, page.getByRole('button', { name: page.say('admin.unblock-button') }));
    await page.keyboard.press('Enter');
    await dialog(page).waitFor();
    await page.keyboard.press('Enter');
    await said(page, 'admin.unblock-done', 'Adele Vance');
    const focused = await page.evaluate(() => document.activeElement.tagName);
    expect(focused === 'H1', `the focus is at ${focused}`);
}

async function signingOut(page) {
    await signIn(page, IDA);
    await press(page, 'admin.signOut');
    await page.getByText(page.say('admin.signedOut')).waitFor();
    await look(page, 'admin-out');
}

export async function test() {
    const service = await startService();
    const url = `${service.url}/admin`;
    await check('administrators find people', url, {}, finding);
    await check('administrators see one page of people after the other', url, {}, (page) => paging(page, service));
    await check('who is no administrator reads which permission is missing', url, SMALL, notAllowed);
    await check('administrators see why no code came', url, {}, (page) => person(page, service, 'admin-person'));
    const other = await startService();
    const german = { ...SMALL, locale: 'de-DE', say: texts('de') };
    await check('administrators read German on a small screen', `${other.url}/admin`, german, (page) => person(page, other, 'admin-person-de'));
    await check('administrators see who is registered', `${other.url}/admin`, {}, (page) => report(page, 'admin-report'));
    await check('administrators see it on a small screen', `${other.url}/admin`, german, (page) => report(page, 'admin-report-de'));
    await check('administrators see the policy', url, {}, (page) => policy(page, 'admin-policy'));
    await check('administrators see the policy on a small screen', url, german, (page) => policy(page, 'admin-policy-de'));
    await check('who may only read is offered no act', url, {}, (page) => reading(page, service));
    await check('administrators need no mouse', url, {}, byKeyboard);
    await check('administrators sign out', url, {}, signingOut);
    const copying = { permissions: ['clipboard-read', 'clipboard-write'] };
    await check('administrators help a person', url, copying, (page) => acts(page, service));
    await check('administrators change contacts', url, {}, (page) => changeContacts(page, service));
    await check('administrators register and remove methods', url, SMALL, changeMethods);
    await check('administrators cannot change themselves', url, {}, self);
    await check('an act that the API refuses is not offered again', url, SMALL, refusedAct);
}
