// The page /security-info: how people sign in, and keep the contacts and questions that a reset uses.
import { check, digits, expect, look, startService, tabTo, texts } from './harness.mjs';
import { ADELE, CAMILLE, LENA, MATEO, SENDS, alert, enterCode, heading, press, reference } from './steps.mjs';

const METHODS = ['mobileSms', 'mobileCall', 'officeCall', 'email', 'securityQuestions'];
const POLICY = { methods: METHODS, sends: SENDS, helpdesk: 'Extension 4711, weekdays 8 to 18' };
const ANSWERS = ['The Walruses', 'Live at the Pier', 'The Paper Moon', 'Reykjavik', 'By ferry to Cork'];
const HOUR = 3600;
const CONFIGURATION = '**/.well-known/openid-configuration';

const passwordOf = ({ userName }) => `${userName.split('@')[0]}-old-password-2026`;
const field = (page, key, values) => page.getByLabel(page.say(key, values), { exact: true });
const done = (page, key) => page.getByRole('status').getByText(page.say(key)).waitFor();
const onIssuer = (page) => page.waitForURL(/\/_local\/issuer\//);

// Signs in on the issuer's page. It is no page of the product, so nothing else is checked there.
async function enterPassword(page, person) {
    await onIssuer(page);
    await page.locator('[name=userName]').fill(person.userName);
    await page.locator('[name=password]').fill(passwordOf(person));
    await page.locator('[name=password]').press('Enter');
    await page.waitForURL(/\/security-info$/);
}

async function signIn(page, person) {
    await enterPassword(page, person);
    await heading(page, 'securityInfo.heading');
}

// The entry of a contact in a list.
const entry = (page, value) => page.getByRole('listitem').filter({ has: page.getByText(value, { exact: true }) });
const act = (page, key, value) => entry(page, value).getByRole('button', { name: page.say(key) }).click();

async function order(page, key, value) {
    await field(page, key).fill(value);
    await press(page, 'reset.send');
    await heading(page, 'reset.codeHeading');
}

const isKept = (page, text) =>
    page.evaluate((text) => JSON.stringify([{ ...sessionStorage }, location.href, history.state]).includes(text), text);

async function addPhone(page, service) {
    await signIn(page, ADELE);
    expect(!(await isKept(page, 'code=')), 'the code of the issuer is still in the address');
    await look(page, 'security-info');
    await act(page, 'securityInfo.confirmValue', '+1 4255550100');
    await heading(page, 'securityInfo.contactHeading-mobilePhone');
    expect((await page.locator('#contact').inputValue()) === '+1 4255550100', 'the number on file is not filled in');
    await look(page, 'security-info-phone');
    await field(page, 'securityInfo.mobileNumber').fill('12');
    await press(page, 'reset.send');
    await alert(page).getByRole('link', { name: page.say('reset.numberMalformed') }).waitFor();
    await order(page, 'securityInfo.mobileNumber', '+1 (425) 555-0100');
    await look(page, 'security-info-code');
    const code = digits(await service.message(ADELE.mobile, await reference(page)));
    await enterCode(page, '123');
    await alert(page).getByText(page.say('securityInfo.codeMalformed', { count: 8 })).waitFor();
    await enterCode(page, code.replace(/\d/g, (digit) => (Number(digit) + 1) % 10));
    await alert(page).getByText(page.say('reset.codeRejected')).waitFor();
    await look(page, 'security-info-code-wrong');
    expect(!(await isKept(page, code)), 'a code is stored');
    await enterCode(page, code);
    await done(page, 'securityInfo.done-contact');
    await entry(page, '+1 4255550100').getByText(page.say('securityInfo.usable')).waitFor();
    await page.getByText(page.say('securityInfo.registered')).waitFor();
    await look(page, 'security-info-registered');
}

async function changeConfirmRemove(page, service) {
    await signIn(page, ADELE);
    await act(page, 'securityInfo.change', '+1 4255550100');
    await page.getByRole('radio', { name: page.say('securityInfo.delivery-call') }).check();
    await order(page, 'securityInfo.mobileNumber', '+1 425 555 0188');
    await enterCode(page, digits(await service.message('+14255550188', await reference(page))));
    await done(page, 'securityInfo.done-contact');
    await press(page, 'securityInfo.add-email');
    await field(page, 'securityInfo.email').fill(ADELE.userName);
    await press(page, 'reset.send');
    await alert(page).getByRole('link', { name: page.say('securityInfo.ownMailboxError') }).waitFor();
    await look(page, 'security-info-email-refused');
    await order(page, 'securityInfo.email', 'adele@home.example');
    await enterCode(page, digits(await service.message('adele@home.example', await reference(page))));
    await done(page, 'securityInfo.done-contact');
    await press(page, 'securityInfo.confirm');
    await done(page, 'securityInfo.done-confirmed');
    await act(page, 'securityInfo.remove', 'adele@home.example');
    await page.getByRole('heading', { level: 1, name: /adele@home\.example/ }).waitFor();
    await look(page, 'security-info-remove');
    await press(page, 'securityInfo.cancel');
    await act(page, 'securityInfo.remove', 'adele@home.example');
    await press(page, 'securityInfo.remove');
    await done(page, 'securityInfo.done-removed');
    expect((await entry(page, 'adele@home.example').count()) === 0, 'the removed address is still there');
    await page.getByText(page.say('securityInfo.notMe')).click();
    await look(page, 'security-info-not-me');
    await page.getByRole('link', { name: page.say('securityInfo.notMePasswordLink') }).click();
    await page.waitForURL(/\/password$/);
}

async function answerQuestions(page) {
    await signIn(page, LENA);
    await press(page, 'securityInfo.setQuestions');
    await heading(page, 'securityInfo.questionsHeading');
    await press(page, 'securityInfo.saveQuestions');
    // Every missing question and answer is named.
    await alert(page).getByRole('link').nth(9).waitFor();
    for (const [index, answer] of ANSWERS.entries()) {
        await page.locator(`#question-${index}`).selectOption({ index: 1 });
        await page.locator(`#answer-${index}`).fill(index === 1 ? ANSWERS[0] : answer);
    }
    await page.locator('#answer-2').fill(LENA.userName);
    await press(page, 'securityInfo.saveQuestions');
    await alert(page).getByText(page.say('securityInfo.repeated-answer')).waitFor();
    await alert(page).getByText(page.say('securityInfo.repeats-name')).waitFor();
    await look(page, 'security-info-questions-refused');
    expect(!(await isKept(page, ANSWERS[0])), 'an answer is stored');
    await page.locator('#answer-1').fill(ANSWERS[1]);
    await page.locator('#answer-2').fill(ANSWERS[2]);
    await press(page, 'securityInfo.saveQuestions');
    await done(page, 'securityInfo.done-questions');
    await press(page, 'securityInfo.changeQuestions');
    await heading(page, 'securityInfo.questionsHeading');
    await press(page, 'securityInfo.cancel');
    await page.getByRole('button', { name: `${page.say('securityInfo.remove')} ${page.say('securityInfo.securityQuestions')}` }).click();
    await press(page, 'securityInfo.remove');
    await done(page, 'securityInfo.done-removed');
    await press(page, 'securityInfo.setQuestions');
}

// A change needs a fresh sign-in: the page goes to the issuer and comes back to what was typed.
async function signInAnew(page, service) {
    await signIn(page, CAMILLE);
    await press(page, 'securityInfo.add-email');
    await field(page, 'securityInfo.email').fill('camille@home.example');
    await service.advance(700);
    await press(page, 'reset.send');
    await onIssuer(page);
    expect(/[?&]max_age=600\b/.test(page.url()), 'the issuer is not told how fresh the sign-in must be');
    expect((await page.locator('[name=userName]').inputValue()) === CAMILLE.userName, 'the issuer is not told who it is');
    await enterPassword(page, CAMILLE);
    await page.getByText(page.say('securityInfo.signedInAgain')).waitFor();
    expect((await page.locator('#contact').inputValue()) === 'camille@home.example', 'what was typed is lost');
    await look(page, 'security-info-signed-in-again');
    await press(page, 'reset.send');
    await heading(page, 'reset.codeHeading');
    const order = await reference(page);
    await page.reload();
    await heading(page, 'reset.codeHeading');
    expect((await reference(page)) === order, 'a reload loses the order');
    await enterCode(page, digits(await service.message('camille@home.example', order)));
    await done(page, 'securityInfo.done-contact');

    // Questions: before anything secret is typed.
    await service.advance(700);
    await press(page, 'securityInfo.setQuestions');
    await enterPassword(page, CAMILLE);
    await heading(page, 'securityInfo.questionsHeading');

    // The token is over, and the session at the issuer is not.
    await service.advance(HOUR + 60);
    await page.reload();
    await heading(page, 'securityInfo.questionsHeading');
    await press(page, 'securityInfo.cancel');
    await press(page, 'securityInfo.signOut');
    await heading(page, 'securityInfo.outHeading');
    expect(!(await isKept(page, 'token')), 'a token is left after signing out');
    await look(page, 'security-info-signed-out');
    await page.reload();
    await heading(page, 'securityInfo.outHeading');
    await press(page, 'securityInfo.signInAgain');
    // Another person finds nothing of the first.
    await signIn(page, MATEO);
    await page.getByText(page.say('securityInfo.signedInAs', { userName: MATEO.userName })).waitFor();
}

// An issuer that overlooks max_age is asked for the password once, and the page stops there.
async function uselessIssuer(page) {
    await page.route('**/v1/registration/challenges', (route) =>
        route.fulfill({
            status: 401,
            headers: { 'WWW-Authenticate': 'Bearer error="insufficient_user_authentication", max_age=600' },
            contentType: 'application/problem+json',
            body: '{"code":"unauthenticated"}',
        }),
    );
    await signIn(page, MATEO);
    await press(page, 'securityInfo.add-email');
    await field(page, 'securityInfo.email').fill('mateo@home.example');
    await press(page, 'reset.send');
    // The issuer's session is young enough: nothing is asked.
    await page.getByText(page.say('securityInfo.signedInAgain')).waitFor();
    await press(page, 'reset.send');
    await enterPassword(page, MATEO);
    await page.getByText(page.say('securityInfo.signedInAgain')).waitFor();
    await press(page, 'reset.send');
    await heading(page, 'securityInfo.signInFailedHeading');
    await look(page, 'security-info-sign-in-failed');
}

const REASONS = {
    methodNotOffered: 'officePhone', notRegistered: 'mobilePhone', superseded: 'mobilePhone', notFirst: 'email', removed: 'email',
    waiting: 'email', countryNotAllowed: 'mobilePhone', fixedLine: 'mobilePhone', ownMailbox: 'email', bounced: 'email',
    complained: 'email', optedOut: 'mobilePhone', somethingNew: 'email',
};

// Every reason has its sentence, also those that take weeks to come about.
async function everyReason(page) {
    await page.route('**/v1/registration', async (route) => {
        const answer = await route.fetch();
        const found = await answer.json();
        const contacts = Object.entries(REASONS).map(([reason, type], index) => ({
            type,
            value: type === 'email' ? `a-rather-long-name-${index}@subdomain.example.org` : `+1 42555501${index + 10}`,
            source: ['user', 'administrator', 'directory'][index % 3],
            setAt: '2026-01-31T12:00:00Z',
            verifiedAt: null,
            usable: false,
            reason,
        }));
        await route.fulfill({ response: answer, json: { ...found, reconfirmBy: '2026-01-01T00:00:00Z', methods: contacts.slice(0, 2), suggested: contacts.slice(2) } });
    });
    await signIn(page, MATEO);
    for (const reason of Object.keys(REASONS)) {
        const text = page.say(`securityInfo.${reason === 'somethingNew' ? 'otherReason' : reason}`);
        await page.getByText(page.say('securityInfo.unusable', { reason: text })).first().waitFor();
    }
    await page.getByText(page.say('securityInfo.confirmOverdue')).waitFor();
    await look(page, 'security-info-reasons-320');
}

async function narrow(page) {
    await signIn(page, MATEO);
    await look(page, 'security-info-320');
    await act(page, 'securityInfo.confirmValue', MATEO.email);
    await look(page, 'security-info-email-320');
    await press(page, 'securityInfo.cancel');
    await press(page, 'securityInfo.setQuestions');
    await heading(page, 'securityInfo.questionsHeading');
    await look(page, 'security-info-questions-320');
}

// A new step begins at its heading.
const focused = (page, text) => page.locator('h1:focus', { hasText: text }).waitFor();

async function byKeyboard(page, service) {
    await signIn(page, LENA);
    await tabTo(page, page.getByRole('button', { name: page.say('securityInfo.add-email') }));
    await page.keyboard.press('Enter');
    await focused(page, page.say('securityInfo.contactHeading-email'));
    await tabTo(page, page.locator('#contact'));
    await page.keyboard.type('lena@home.example');
    await page.keyboard.press('Enter');
    await focused(page, page.say('reset.codeHeading'));
    await tabTo(page, page.locator('#code'));
    await page.keyboard.type(digits(await service.message('lena@home.example', await reference(page))));
    await page.keyboard.press('Enter');
    await done(page, 'securityInfo.done-contact');
    await focused(page, page.say('securityInfo.heading'));
    await tabTo(page, entry(page, 'lena@home.example').getByRole('button', { name: page.say('securityInfo.remove') }));
    await page.keyboard.press('Space');
    await focused(page, /lena@home\.example/);
    await tabTo(page, page.locator('button[type=submit]'));
    await page.keyboard.press('Space');
    await done(page, 'securityInfo.done-removed');
}

async function tooManyCodes(page) {
    await page.route('**/v1/registration/challenges', (route) =>
        route.fulfill({ status: 429, headers: { 'Retry-After': '7300' }, contentType: 'application/problem+json', body: '{"code":"rate-limited"}' }),
    );
    await signIn(page, MATEO);
    await act(page, 'securityInfo.confirmValue', MATEO.email);
    await press(page, 'reset.send');
    await alert(page).getByText(/3 hours/).waitFor();
    await look(page, 'security-info-too-many-codes');
}

async function noSignIn(page) {
    await heading(page, 'securityInfo.offHeading');
    await page.getByText('Extension 4711').waitFor();
    await look(page, 'security-info-off');
}

// Links that somebody else made sign nobody in, and leave nothing in the address.
async function foreignCode(page) {
    await heading(page, 'securityInfo.signInFailedHeading');
    expect(page.url().endsWith('/security-info'), 'the address still has the code');
    await press(page, 'securityInfo.signInAgain');
    await signIn(page, MATEO);
}

async function stranger(page) {
    await page.route('**/v1/registration', (route) =>
        route.fulfill({ status: 403, contentType: 'application/problem+json', body: '{"code":"forbidden"}' }),
    );
    await enterPassword(page, MATEO);
    await heading(page, 'securityInfo.strangerHeading');
    await look(page, 'security-info-stranger');
    await press(page, 'securityInfo.signOut');
    await heading(page, 'securityInfo.outHeading');
}

// A token that is over leads to the issuer and back, in the middle of the work, and a lost connection loses nothing.
async function interrupted(page, service) {
    await signIn(page, CAMILLE);
    await act(page, 'securityInfo.confirmValue', CAMILLE.email);
    await page.route('**/v1/registration/challenges', (route) => route.abort(), { times: 1 });
    await press(page, 'reset.send');
    await alert(page).getByRole('heading', { name: page.say('common.offlineTitle') }).waitFor();
    expect((await page.locator('#contact').inputValue()) === CAMILLE.email, 'what was typed is lost');
    await service.advance(2 * HOUR);
    await press(page, 'reset.send');
    // The issuer's session still counts for reading, and not for a change.
    await page.getByText(page.say('securityInfo.signedInAgain')).waitFor();
    await heading(page, 'securityInfo.contactHeading-email');
    await press(page, 'reset.send');
    await enterPassword(page, CAMILLE);
    await heading(page, 'securityInfo.contactHeading-email');
    await press(page, 'reset.send');
    await heading(page, 'reset.codeHeading');
    const code = digits(await service.message(CAMILLE.email, await reference(page)));
    // The change is made, and only the look at it fails.
    await page.route('**/v1/registration', (route) => route.abort(), { times: 1 });
    await enterCode(page, code);
    await alert(page).getByRole('heading', { name: page.say('common.offlineTitle') }).waitFor();
    await press(page, 'securityInfo.retry');
    await done(page, 'securityInfo.done-contact');
}

// The time of a code runs out. A new one takes its place.
async function expiredCode(page, service) {
    await page.route('**/v1/registration/challenges', async (route) => {
        const answer = await route.fetch();
        const soon = new Date(Date.now() + 2_000).toISOString();
        await route.fulfill({ response: answer, json: { ...(await answer.json()), expiresAt: soon } });
    }, { times: 1 });
    await signIn(page, MATEO);
    await act(page, 'securityInfo.confirmValue', MATEO.email);
    await press(page, 'reset.send');
    await heading(page, 'reset.codeHeading');
    const former = await reference(page);
    await done(page, 'reset.codeExpired');
    await look(page, 'security-info-code-expired');
    await press(page, 'securityInfo.newCode');
    await done(page, 'securityInfo.orderedAgain');
    const now = await reference(page);
    expect(now !== former, 'the page still shows the former reference');
    await page.getByText(page.say('reset.nothingComes')).click();
    await look(page, 'security-info-code-again');
    await enterCode(page, digits(await service.message(MATEO.email, now)));
    await done(page, 'securityInfo.done-contact');
}

// The issuer does not answer: before a sign-in, and at the end of a session.
async function silentIssuer(page) {
    await alert(page).getByRole('heading', { name: page.say('common.offlineTitle') }).waitFor();
    await look(page, 'security-info-silent-issuer');
    await page.context().unroute(CONFIGURATION);
    await press(page, 'securityInfo.retry');
    await signIn(page, MATEO);
    await page.route(CONFIGURATION, (route) => route.abort());
    await press(page, 'securityInfo.signOut');
    await page.getByText(page.say('securityInfo.outHereOnly')).waitFor();
    expect(!(await isKept(page, 'token')), 'a token is left after signing out');
}

async function inGerman(page, service) {
    await signIn(page, MATEO);
    await look(page, 'security-info-de');
    await act(page, 'securityInfo.confirmValue', '+1 4255550103');
    await page.getByRole('radio', { name: page.say('securityInfo.delivery-call') }).check();
    await look(page, 'security-info-phone-de');
    await press(page, 'reset.send');
    await heading(page, 'reset.codeHeading');
    await look(page, 'security-info-code-de');
    const message = await service.message(MATEO.mobile, await reference(page));
    await enterCode(page, message.text.replace(/[^\d, ]/g, '').match(/\d(, \d){7}/)[0].replace(/\D/g, ''));
    await done(page, 'securityInfo.done-contact');
    await look(page, 'security-info-registered-de');
    await act(page, 'securityInfo.remove', '+1 4255550103');
    await look(page, 'security-info-remove-de');
    await press(page, 'securityInfo.remove');
    await done(page, 'securityInfo.done-removed');
}

export async function test() {
    const service = await startService(POLICY);
    const url = `${service.url}/security-info`;
    const run = (name, body, options = {}, at = url) => check(name, at, options, (page) => body(page, service));
    await run('a sign-in, and a phone with proof', addPhone);
    await run('a change, a confirmation and a removal', changeConfirmRemove);
    await run('security questions', answerQuestions);
    await run('security info with the keyboard alone', byKeyboard);
    await run('every reason why a contact is not used', everyReason, { viewport: { width: 320, height: 640 } });
    await run('security info at 320 pixels', narrow, { viewport: { width: 320, height: 640 } });
    await run('an issuer that overlooks how fresh a sign-in must be', uselessIssuer);
    await run('too many codes', tooManyCodes);
    await run('a code of the issuer that nobody asked for', foreignCode, {}, `${url}?code=stolen&state=foreign`);
    await run('an account that the service does not know', stranger);
    const off = (context) => context.route('**/v1/settings', async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ response: answer, json: { ...(await answer.json()), signIn: null } });
    });
    await run('an organisation without sign-in', noSignIn, { prepare: off });
    await run('a code whose time runs out', expiredCode);
    const silent = (context) => context.route(CONFIGURATION, (route) => route.abort());
    await run('an issuer that does not answer', silentIssuer, { prepare: silent });
    await run('security info in German', inGerman, { locale: 'de-DE', say: texts('de') });
    await run('a fresh sign-in for a change, and signing out', signInAnew);
    await run('a token that is over, and lost connections', interrupted);
}
