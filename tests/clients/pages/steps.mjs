// The people of the tests, and the steps of a reset that several tests take.
export const ADELE = { userName: 'adele@contoso.example', mobile: '+14255550100', email: 'adele.vance@example.org' };
export const LENA = { userName: 'lena@contoso.example', mobile: '+14255550101', email: 'lena.gross@example.org' };
export const CAMILLE = { userName: 'camille@contoso.example', mobile: '+14255550102', email: 'camille.laurent@example.org' };
export const MATEO = { userName: 'mateo@contoso.example', mobile: '+14255550103', email: 'mateo.robles@example.org' };
export const NOBODY = { userName: 'nobody@contoso.example', mobile: '+14255550199' };
export const PASSWORD = 'walrus plays the accordion';
// Lets a test order again soon.
export const SENDS = [{ count: 1, seconds: 4 }, { count: 100, seconds: 3600 }];

export const heading = (page, key) => page.getByRole('heading', { level: 1, name: page.say(key) }).waitFor();
export const press = (page, key) => page.getByRole('button', { name: page.say(key), exact: true }).click();
export const alert = (page) => page.getByRole('alert');

export async function enterName(page, { userName }) {
    await heading(page, 'reset.nameHeading');
    await page.getByLabel(page.say('common.userName'), { exact: true }).fill(userName);
    await press(page, 'common.continue');
}

export async function chooseMethod(page, method) {
    await page.getByRole('radio', { name: page.say(`methods.${method}`) }).check();
    await page.locator('button[type=submit]').click();
}

export async function enterNumber(page, number) {
    await heading(page, 'reset.mobileHeading');
    await page.getByLabel(page.say('reset.mobileNumber'), { exact: true }).fill(number);
    await press(page, 'reset.send');
}

// Goes on until the page asks for the code of a text message.
export async function orderText(page, person) {
    await enterName(page, person);
    await heading(page, 'reset.methodHeading');
    await chooseMethod(page, 'mobileSms');
    await enterNumber(page, person.mobile);
    await heading(page, 'reset.codeHeading');
}

export const reference = (page) => page.locator('.reference').innerText();

export async function enterCode(page, code) {
    await page.getByLabel(page.say('reset.code'), { exact: true }).fill(code);
    await press(page, 'common.continue');
}

export async function enterPassword(page, password) {
    await heading(page, 'reset.passwordHeading');
    await page.getByLabel(page.say('common.newPassword'), { exact: true }).fill(password);
    await press(page, 'reset.setPassword');
}

/** Whether the password signs in. */
export const signsIn = async (service, userName, password) => {
    const { accessToken } = await service.json('/_local/tokens', { permissions: ['Credentials.Check'] });
    return service
        .json('/v1/credentials/verifications', { userName, password }, { Authorization: `Bearer ${accessToken}` })
        .then(() => true, () => false);
};
