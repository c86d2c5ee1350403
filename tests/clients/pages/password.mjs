// The page /password: how people change a password that they know.
import { check, expect, look, startService, tabTo } from './harness.mjs';
import { ADELE, LENA, PASSWORD, alert, heading, press, signsIn } from './steps.mjs';

const OLD = 'lena-old-password-2026';
const field = (page, key) => page.getByLabel(page.say(key), { exact: true });

async function fill(page, { userName }, current, wanted) {
    await field(page, 'common.userName').fill(userName);
    await field(page, 'change.current').fill(current);
    await field(page, 'common.newPassword').fill(wanted);
    await press(page, 'change.button');
}

async function byMouse(page, service) {
    await heading(page, 'change.heading');
    await look(page, 'password');
    await press(page, 'change.button');
    await alert(page).waitFor();
    expect((await alert(page).getByRole('link').count()) === 3, 'the summary does not name each missing input');
    await look(page, 'password-missing');
    await fill(page, LENA, OLD, 'lena likes long walks');
    await alert(page).getByText(page.say('password.contains-user-name')).waitFor();
    await fill(page, LENA, 'not her password', PASSWORD);
    await alert(page).getByText(page.say('change.rejected')).waitFor();
    await look(page, 'password-rejected');
    await fill(page, LENA, OLD, 'passwordpassword');
    await alert(page).getByText(page.say('password.common')).waitFor();
    await page.context().setOffline(true);
    await fill(page, LENA, OLD, PASSWORD);
    await alert(page).getByRole('heading', { name: page.say('common.offlineTitle') }).waitFor();
    await page.context().setOffline(false);
    await press(page, 'change.button');
    await heading(page, 'reset.doneHeading');
    await look(page, 'password-done');
    expect(await signsIn(service, LENA.userName, PASSWORD), 'the new password does not sign in');
}

// The response is lost after the service has changed the password.
async function lostResponse(page) {
    await page.route('**/v1/password', async (route) => {
        await route.fetch();
        await route.abort();
    }, { times: 1 });
    await fill(page, ADELE, 'adele-old-password-2026', PASSWORD);
    await alert(page).getByRole('heading', { name: page.say('common.offlineTitle') }).waitFor();
    await press(page, 'change.button');
    await alert(page).getByText(page.say('change.perhaps')).waitFor();
}

async function byKeyboard(page, service) {
    const words = `${PASSWORD} again`;
    await heading(page, 'change.heading');
    for (const [id, text] of [['user-name', LENA.userName], ['current-password', PASSWORD], ['new-password', words]]) {
        await tabTo(page, page.locator(`#${id}`));
        await page.keyboard.type(text);
    }
    await page.keyboard.press('Enter');
    await heading(page, 'reset.doneHeading');
    expect(await signsIn(service, LENA.userName, words), 'the new password does not sign in');
}

export async function test() {
    const service = await startService();
    const url = `${service.url}/password`;
    await check('a change of a password, with the mouse', url, {}, (page) => byMouse(page, service));
    await check('a change of a password with the keyboard alone', url, {}, (page) => byKeyboard(page, service));
    await check('a lost response to a change', url, {}, lostResponse);
    await check('the well-known address of a change', `${service.url}/.well-known/change-password`, {}, async (page) => {
        await heading(page, 'change.heading');
        expect(new URL(page.url()).pathname === '/password', 'it does not lead to /password');
    });
}
