// The page /reset: how people reset a password, and what goes wrong on the way.
import { check, digits, expect, longCode, look, startService, tabTo, texts } from './harness.mjs';

const ADELE = { userName: 'adele@contoso.example', mobile: '+14255550100', email: 'adele.vance@example.org' };
const LENA = { userName: 'lena@contoso.example', mobile: '+14255550101', email: 'lena.gross@example.org' };
const CAMILLE = { userName: 'camille@contoso.example', mobile: '+14255550102', email: 'camille.laurent@example.org' };
const MATEO = { userName: 'mateo@contoso.example', mobile: '+14255550103', email: 'mateo.robles@example.org' };
const NOBODY = { userName: 'nobody@contoso.example', mobile: '+14255550199' };
const PASSWORD = 'walrus plays the accordion';
// Lets a test order again soon.
const SENDS = [{ count: 1, seconds: 3 }, { count: 100, seconds: 3600 }];

const heading = (page, key) => page.getByRole('heading', { level: 1, name: page.say(key) }).waitFor();
const press = (page, key) => page.getByRole('button', { name: page.say(key), exact: true }).click();
const alert = (page) => page.getByRole('alert');

async function enterName(page, { userName }) {
    await heading(page, 'reset.nameHeading');
    await page.getByLabel(page.say('common.userName'), { exact: true }).fill(userName);
    await press(page, 'common.continue');
}

async function chooseMethod(page, method) {
    await page.getByRole('radio', { name: page.say(`methods.${method}`) }).first().check();
    await page.locator('button[type=submit]').click();
}

async function enterNumber(page, number) {
    await heading(page, 'reset.mobileHeading');
    await page.getByLabel(page.say('reset.mobileNumber'), { exact: true }).fill(number);
    await press(page, 'reset.send');
}

// Goes on until the page asks for the code of a text message.
async function orderText(page, person) {
    await enterName(page, person);
    await heading(page, 'reset.methodHeading');
    await chooseMethod(page, 'mobileSms');
    await enterNumber(page, person.mobile);
    await heading(page, 'reset.codeHeading');
}

const reference = (page) => page.locator('.reference').innerText();

async function enterCode(page, code) {
    await page.getByLabel(page.say('reset.code'), { exact: true }).fill(code);
    await press(page, 'common.continue');
}

async function enterPassword(page, password) {
    await heading(page, 'reset.passwordHeading');
    await page.getByLabel(page.say('common.newPassword'), { exact: true }).fill(password);
    await press(page, 'reset.setPassword');
}

const signsIn = async (service, userName, password) => {
    const { accessToken } = await service.json('/_local/tokens', { permissions: ['Credentials.Check'] });
    return service
        .json('/v1/credentials/verifications', { userName, password }, { Authorization: `Bearer ${accessToken}` })
        .then(() => true, () => false);
};

async function byMouse(page, service) {
    await look(page, 'reset-name');
    await press(page, 'common.continue');
    await alert(page).getByRole('link', { name: page.say('common.userNameMissing') }).waitFor();
    await look(page, 'reset-name-missing');
    await alert(page).getByRole('link').click();
    expect(await page.locator('#user-name').evaluate((input) => input === document.activeElement), 'the link of the summary leads nowhere');
    await enterName(page, ADELE);
    await heading(page, 'reset.methodHeading');
    expect(await page.locator('h1').evaluate((h1) => h1 === document.activeElement), 'the heading of a new step has no focus');
    await look(page, 'reset-method');
    await chooseMethod(page, 'mobileSms');
    await heading(page, 'reset.mobileHeading');
    await look(page, 'reset-number');
    await enterNumber(page, 'no number');
    await alert(page).waitFor();
    await enterNumber(page, '0014255550100');
    await heading(page, 'reset.codeHeading');
    await look(page, 'reset-code');
    const message = await service.message(ADELE.mobile, await reference(page));
    const [one, two] = digits(message).split(' ');
    await enterCode(page, `${one} – ${two}.`);
    await heading(page, 'reset.passwordHeading');
    await look(page, 'reset-password');
    await enterPassword(page, 'too short');
    await alert(page).waitFor();
    await look(page, 'reset-password-refused');
    await enterPassword(page, 'passwordpassword');
    await alert(page).getByText(page.say('password.common')).waitFor();
    await page.getByRole('button', { name: page.say('common.showPassword') }).click();
    await enterPassword(page, PASSWORD);
    await heading(page, 'reset.doneHeading');
    await look(page, 'reset-done');
    expect(await signsIn(service, ADELE.userName, PASSWORD), 'the new password does not sign in');
    expect((await page.evaluate(() => Object.keys(sessionStorage))).length === 0, 'something of the reset is still stored');
}

async function byKeyboard(page, service) {
    const submit = () => page.keyboard.press('Enter');
    await heading(page, 'reset.nameHeading');
    await tabTo(page, page.locator('#user-name'));
    await page.keyboard.type(LENA.userName);
    await submit();
    await heading(page, 'reset.methodHeading');
    await tabTo(page, page.locator('#method'));
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await submit();
    await heading(page, 'reset.mobileHeading');
    await tabTo(page, page.locator('#number'));
    await page.keyboard.type('+1 425 555-0101');
    await submit();
    await heading(page, 'reset.codeHeading');
    await tabTo(page, page.locator('#code'));
    await page.keyboard.type(digits(await service.message(LENA.mobile, await reference(page))));
    await submit();
    await heading(page, 'reset.passwordHeading');
    await tabTo(page, page.locator('#new-password'));
    await page.keyboard.type(PASSWORD);
    await tabTo(page, page.locator('button[type=submit]'));
    await page.keyboard.press('Space');
    await heading(page, 'reset.doneHeading');
}

export async function test() {
    const service = await startService({ sends: SENDS, helpdesk: 'Extension 4711, weekdays 8 to 18' });
    const url = `${service.url}/reset`;
    await check('a reset by text message, with the mouse', url, {}, (page) => byMouse(page, service));
    await check('a reset with the keyboard alone', url, {}, (page) => byKeyboard(page, service));
}
