// The page /reset: what goes wrong on the way, and that nothing is lost by it.
import { check, digits, expect, longCode, look, startService } from './harness.mjs';
import {
    ADELE, LENA, MATEO, NOBODY, PASSWORD, SENDS,
    alert, chooseMethod, enterCode, enterName, enterNumber, enterPassword, heading, orderText, press, reference,
} from './steps.mjs';

const rejected = (page) => alert(page).getByRole('link', { name: page.say('reset.codeRejected') }).waitFor();

// A wrong code, a code of an earlier order, and what cannot be a code.
async function wrongCodes(page, service) {
    await orderText(page, ADELE);
    await enterCode(page, '1234');
    await alert(page).getByText(page.say('reset.codeMalformed', { count: 8 })).waitFor();
    await enterCode(page, '00000000');
    await rejected(page);
    await look(page, 'reset-code-rejected');
    const earlier = digits(await service.message(ADELE.mobile, await reference(page)));
    await service.advance(301);
    await enterCode(page, earlier);
    await rejected(page);
    expect((await page.locator('#code').inputValue()) !== '', 'the code that was typed is lost');
}

// After too many guesses only the long code of an email opens the account.
async function spentBudget(page, service) {
    await enterName(page, LENA);
    await chooseMethod(page, 'email');
    await heading(page, 'reset.codeHeading');
    const message = await service.message(LENA.email, await reference(page));
    for (const guess of ['00000001', '00000002']) {
        await enterCode(page, guess);
        await rejected(page);
    }
    await enterCode(page, digits(message));
    await rejected(page);
    await enterCode(page, longCode(message));
    await heading(page, 'reset.passwordHeading');
}

// Every call fails once for want of a connection, and works when it is repeated.
async function offline(page, service) {
    const cut = async (action, look_) => {
        await page.context().setOffline(true);
        await action();
        await alert(page).getByRole('heading', { name: page.say('common.offlineTitle') }).waitFor();
        if (look_) await look(page, look_);
        await page.context().setOffline(false);
    };
    await page.waitForLoadState('networkidle');
    await enterName(page, MATEO);
    await chooseMethod(page, 'mobileSms');
    await cut(() => enterNumber(page, MATEO.mobile), 'reset-offline');
    await press(page, 'reset.send');
    await heading(page, 'reset.codeHeading');
    const code = digits(await service.message(MATEO.mobile, await reference(page)));
    await cut(() => enterCode(page, code));
    await press(page, 'common.continue');
    await heading(page, 'reset.passwordHeading');
    await cut(() => enterPassword(page, PASSWORD));
    await press(page, 'reset.setPassword');
    await heading(page, 'reset.doneHeading');
}

// The response is lost after the service has done its work. The repetition has the same key, so it has the same result.
async function lostResponses(page, service) {
    const keys = [];
    const lose = async (pattern, action) => {
        await page.route(pattern, async (route) => {
            await route.fetch();
            keys.push(route.request().headers()['idempotency-key']);
            await route.abort();
        }, { times: 1 });
        await action();
        await alert(page).waitFor();
    };
    page.on('request', (request) => request.method() === 'POST' && keys.push(request.headers()['idempotency-key']));
    await enterName(page, ADELE);
    await lose('**/v1/resets', () => chooseMethod(page, 'email'));
    await press(page, 'reset.send');
    await heading(page, 'reset.codeHeading');
    expect(keys.length === 3 && new Set(keys).size === 1, 'the repetition has another Idempotency-Key');
    const code = digits(await service.message(ADELE.email, await reference(page)));
    await lose('**/verifications', () => enterCode(page, code));
    await press(page, 'common.continue');
    await heading(page, 'reset.passwordHeading');
    await lose('**/password', () => enterPassword(page, PASSWORD));
    await press(page, 'reset.setPassword');
    await heading(page, 'reset.doneHeading');
}

async function busy(page) {
    const headers = { 'Retry-After': '120', 'Content-Type': 'application/problem+json' };
    await page.route('**/v1/resets', (route) => route.fulfill({ status: 503, headers, body: '{"code":"unavailable"}' }), { times: 1 });
    await enterName(page, MATEO);
    await chooseMethod(page, 'email');
    await alert(page).getByText(page.say('common.wait', { wait: '2 minutes' })).waitFor();
    await press(page, 'reset.send');
    await heading(page, 'reset.codeHeading');
}

// The settings do not come at first.
async function withoutSettings(page) {
    await page.route('**/v1/settings', (route) => route.abort());
    await page.reload();
    await enterName(page, MATEO);
    await alert(page).waitFor();
    await page.unroute('**/v1/settings');
    await press(page, 'common.continue');
    await heading(page, 'reset.methodHeading');
}

async function limited(page) {
    await enterName(page, ADELE);
    await chooseMethod(page, 'email');
    await heading(page, 'reset.codeHeading');
    await page.locator('summary').click();
    await page.locator('details').getByRole('button').click();
    await enterName(page, ADELE);
    await chooseMethod(page, 'email');
    await alert(page).getByRole('heading', { name: page.say('common.rateLimitedTitle') }).waitFor();
    await look(page, 'reset-rate-limited');
}

// The reset ends while the page is open, and while it is not.
async function ended(page) {
    await page.clock.install();
    await page.reload();
    await enterName(page, LENA);
    await chooseMethod(page, 'email');
    await heading(page, 'reset.codeHeading');
    await page.clock.fastForward(301_000);
    await page.getByText(page.say('reset.codeExpired')).waitFor();
    await look(page, 'reset-code-expired');
    await page.clock.fastForward(600_000);
    await heading(page, 'reset.endedHeading');
    await look(page, 'reset-ended');
    await press(page, 'common.startAgain');
    await heading(page, 'reset.nameHeading');
    expect((await page.locator('#user-name').inputValue()) === LENA.userName, 'the name is lost');
}

// The service has forgotten the reset.
async function forgotten(page) {
    await page.route('**/codes', (route) => route.fulfill({ status: 404, body: '{"code":"not-found"}' }));
    await enterName(page, LENA);
    await chooseMethod(page, 'email');
    await heading(page, 'reset.codeHeading');
    await press(page, 'reset.resend-email');
    await heading(page, 'reset.endedHeading');
}

// All that a page shows for a name, whether the account exists or not, but for the reference.
async function screens(page, person) {
    const shown = [];
    const read = async () => shown.push((await page.locator('body').innerText()).replace(/\b[A-Z]{2}\b/g, '··').replace(/\d+ seconds?/g, '·'));
    await orderText(page, person);
    await read();
    await enterCode(page, '00000000');
    await rejected(page);
    await read();
    await press(page, 'reset.anotherWay');
    await read();
    await chooseMethod(page, 'email');
    await heading(page, 'reset.codeHeading');
    await read();
    await enterCode(page, '00000000');
    await rejected(page);
    await read();
    return shown.join('\n—\n');
}

export async function test() {
    const service = await startService({ sends: SENDS, helpdesk: 'Extension 4711' });
    const url = `${service.url}/reset`;
    const seen = [];
    for (const [name, person] of [['known', LENA], ['unknown', NOBODY]]) {
        await check(`the screens of an ${name} name`.replace('an k', 'a k'), url, {}, async (page) => {
            seen.push(await screens(page, person));
            expect(seen.every((shown) => shown === seen[0]), `the screens differ:\n${seen.join('\n======\n')}`);
        });
    }
    await check('no connection', url, {}, (page) => offline(page, service));
    await check('lost responses', url, {}, (page) => lostResponses(page, service));
    await check('a busy service', url, {}, busy);
    await check('settings that come late', url, {}, withoutSettings);
    await check('a reset that the service has ended', url, {}, forgotten);
    await check('a reset whose time is over', url, {}, ended);
    await check('wrong and expired codes', url, {}, (page) => wrongCodes(page, service));

    const meagre = await startService({ sends: SENDS, guessesPerDay: 2, guessesPer30Days: 2 });
    await check('a spent budget, and the long code', `${meagre.url}/reset`, {}, (page) => spentBudget(page, meagre));
    const crowded = await startService({ sends: SENDS, beginsPerSource: { count: 1, seconds: 600 } });
    await check('a network that asks too often', `${crowded.url}/reset`, {}, limited);
}
