// The page /reset: how people reset a password.
import { check, digits, expect, longCode, look, startService, tabTo, texts } from './harness.mjs';
import {
    ADELE, CAMILLE, LENA, MATEO, PASSWORD, SENDS,
    alert, chooseMethod, enterCode, enterName, enterNumber, enterPassword, heading, orderText, press, reference, signsIn,
} from './steps.mjs';

// Keyboards of phones and password managers find what they need.
async function isMarked(page, selector, attributes) {
    for (const [name, value] of Object.entries(attributes)) {
        const found = await page.locator(selector).getAttribute(name);
        expect(found === value, `${selector} has ${name}="${found}"`);
    }
}

async function byMouse(page, service, prefix = '', password = PASSWORD) {
    await look(page, `${prefix}reset-name`);
    await isMarked(page, '#user-name', { autocomplete: 'username', autocapitalize: 'none' });
    await press(page, 'common.continue');
    await alert(page).getByRole('link', { name: page.say('common.userNameMissing') }).waitFor();
    await look(page, `${prefix}reset-name-missing`);
    await alert(page).getByRole('link').click();
    expect(await page.locator('#user-name').evaluate((input) => input === document.activeElement), 'the link of the summary leads nowhere');
    await enterName(page, ADELE);
    await heading(page, 'reset.methodHeading');
    expect(await page.locator('h1').evaluate((h1) => h1 === document.activeElement), 'the heading of a new step has no focus');
    await look(page, `${prefix}reset-method`);
    await chooseMethod(page, 'mobileSms');
    await heading(page, 'reset.mobileHeading');
    await isMarked(page, '#number', { autocomplete: 'mobile tel', type: 'tel' });
    await look(page, `${prefix}reset-number`);
    await enterNumber(page, 'no number');
    await alert(page).waitFor();
    await enterNumber(page, '0014255550100');
    await heading(page, 'reset.codeHeading');
    await look(page, `${prefix}reset-code`);
    await isMarked(page, '#code', { autocomplete: 'one-time-code', inputmode: 'numeric' });
    const message = await service.message(ADELE.mobile, await reference(page));
    const [one, two] = digits(message).split(' ');
    await enterCode(page, `${one} – ${two}.`);
    await heading(page, 'reset.passwordHeading');
    await look(page, `${prefix}reset-password`);
    await isMarked(page, '#new-password', { autocomplete: 'new-password', type: 'password' });
    await isMarked(page, 'form [name=username]', { autocomplete: 'username' });
    expect((await page.locator('form [name=username]').inputValue()) === ADELE.userName, 'password managers do not learn the name');
    await enterPassword(page, 'too short');
    await alert(page).waitFor();
    await look(page, `${prefix}reset-password-refused`);
    await enterPassword(page, 'passwordpassword');
    await alert(page).getByText(page.say('password.common')).waitFor();
    await page.getByRole('button', { name: page.say('common.showPassword') }).click();
    await enterPassword(page, password);
    await heading(page, 'reset.doneHeading');
    await look(page, `${prefix}reset-done`);
    expect(await signsIn(service, ADELE.userName, password), 'the new password does not sign in');
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

// One proof by text message, one by email.
async function twoGates(page, service) {
    await orderText(page, CAMILLE);
    await enterCode(page, digits(await service.message(CAMILLE.mobile, await reference(page))));
    await heading(page, 'reset.secondHeading');
    await look(page, 'reset-second');
    await chooseMethod(page, 'email');
    await heading(page, 'reset.codeHeading');
    await look(page, 'reset-code-email');
    await enterCode(page, longCode(await service.message(CAMILLE.email, await reference(page))).toLowerCase());
    await enterPassword(page, PASSWORD);
    await heading(page, 'reset.doneHeading');
    expect(await signsIn(service, CAMILLE.userName, PASSWORD), 'the new password does not sign in');
}

async function registerQuestions(service, { userName }) {
    const { accessToken } = await service.json('/_local/tokens', { userName });
    const headers = { Authorization: `Bearer ${accessToken}` };
    const { questions } = await service.json('/v1/registration/question-catalogue', undefined, headers);
    const answers = questions.slice(0, 5).map(({ questionId }) => ({ questionId, answer: `Answer to ${questionId}` }));
    await service.json('/v1/registration/security-questions', { answers }, headers, 'PUT');
    return new Map(questions.map(({ questionId, text }) => [text, `answer to ${questionId}`]));
}

// One proof by email, one by security questions.
async function questions(page, service) {
    const answers = await registerQuestions(service, MATEO);
    await enterName(page, MATEO);
    await chooseMethod(page, 'email');
    await heading(page, 'reset.codeHeading');
    await enterCode(page, digits(await service.message(MATEO.email, await reference(page))));
    await heading(page, 'reset.secondHeading');
    await chooseMethod(page, 'securityQuestions');
    await heading(page, 'reset.questionsHeading');
    await look(page, 'reset-questions');
    await press(page, 'common.continue');
    await alert(page).waitFor();
    expect((await alert(page).getByRole('link').count()) === 3, 'the summary does not name each missing answer');
    const inputs = page.locator('.field');
    for (let index = 0; index < 3; index += 1) await inputs.nth(index).locator('input').fill('wrong');
    await press(page, 'common.continue');
    await alert(page).getByText(page.say('reset.answersRejected')).waitFor();
    for (let index = 0; index < 3; index += 1) {
        await inputs.nth(index).locator('input').fill(answers.get(await inputs.nth(index).locator('label').innerText()));
    }
    await press(page, 'common.continue');
    await enterPassword(page, PASSWORD);
    await heading(page, 'reset.doneHeading');
}

// Sends again, and then takes another way.
async function anotherWay(page, service) {
    await orderText(page, ADELE);
    await page.getByText(page.say('reset.nothingComes')).click();
    await look(page, 'reset-nothing-comes');
    const before = await service.count(ADELE.mobile);
    await press(page, 'reset.resend-sms');
    // Not by `look`: the next steps must be quicker than the pause between two messages.
    await page.getByText(page.say('reset.orderedAgain')).waitFor();
    await press(page, 'reset.anotherWay');
    await heading(page, 'reset.methodHeading');
    await press(page, 'common.back');
    await heading(page, 'reset.codeHeading');
    await press(page, 'reset.anotherWay');
    await chooseMethod(page, 'mobileCall');
    expect((await page.getByLabel(page.say('reset.mobileNumber'), { exact: true }).inputValue()) !== '', 'the number is lost');
    await enterNumber(page, ADELE.mobile);
    // Two messages to one phone need the same pause as two texts.
    await alert(page).waitFor();
    await page.waitForTimeout(SENDS[0].seconds * 1000 + 1500);
    expect((await service.count(ADELE.mobile)) > before, 'nothing was sent again');
    await press(page, 'reset.send');
    await heading(page, 'reset.codeHeading');
    await look(page, 'reset-code-call');
    await enterCode(page, digits(await service.message(ADELE.mobile, await reference(page))).replaceAll(',', ''));
    await heading(page, 'reset.passwordHeading');
}

// The browser reads the text message. The page fills the field and waits for the person.
async function readsTexts(page) {
    await page.addInitScript(() => {
        window.OTPCredential = class {};
        navigator.credentials.get = ({ otp, signal }) => {
            window.asked = { otp, signal };
            return new Promise((resolve) => setTimeout(() => resolve({ code: '12345678' }), 200));
        };
    });
    await page.reload();
    await orderText(page, MATEO);
    await page.waitForFunction(() => document.getElementById('code').value === '12345678');
    expect((await page.evaluate(() => window.asked.otp.transport.join())) === 'sms', 'the page does not ask for a text message');
    await page.waitForTimeout(300);
    await heading(page, 'reset.codeHeading');
    expect((await alert(page).count()) === 0, 'the page submits the code by itself');
    await press(page, 'reset.anotherWay');
    await heading(page, 'reset.methodHeading');
    expect(await page.evaluate(() => window.asked.signal.aborted), 'the page still waits for a text message');
}

// The browser's Back leads a step back.
async function browsersBack(page) {
    await orderText(page, CAMILLE);
    await page.goBack();
    await heading(page, 'reset.mobileHeading');
    expect((await page.locator('#number').inputValue()) === CAMILLE.mobile, 'the number is lost');
    await page.goBack();
    await heading(page, 'reset.methodHeading');
    await page.goBack();
    await heading(page, 'reset.nameHeading');
    expect((await page.locator('#user-name').inputValue()) === CAMILLE.userName, 'the name is lost');
    await press(page, 'common.continue');
    await heading(page, 'reset.methodHeading');
}

// A reload at each step goes on where it was.
async function reloads(page, service) {
    const reload = async (key) => {
        await heading(page, key);
        await page.reload();
        await heading(page, key);
    };
    await enterName(page, LENA);
    await reload('reset.methodHeading');
    await chooseMethod(page, 'mobileSms');
    await reload('reset.mobileHeading');
    await enterNumber(page, LENA.mobile);
    await reload('reset.codeHeading');
    await enterCode(page, digits(await service.message(LENA.mobile, await reference(page))));
    await reload('reset.passwordHeading');
    await enterPassword(page, `${PASSWORD} again`);
    await heading(page, 'reset.doneHeading');
    await page.reload();
    await heading(page, 'reset.nameHeading');
}

// Where only email is offered, the page does not ask for the method.
async function onlyEmail(page, service) {
    await enterName(page, ADELE);
    await heading(page, 'reset.codeHeading');
    expect((await page.getByText(page.say('reset.anotherWay'), { exact: true }).count()) === 0, 'there is no other way');
    await enterCode(page, digits(await service.message(ADELE.email, await reference(page))));
    await heading(page, 'reset.passwordHeading');
}

// Changes the language on the way, which loses nothing.
async function changeLanguage(page) {
    await page.getByLabel(page.say('common.userName'), { exact: true }).fill(ADELE.userName);
    await page.locator('#language').selectOption('de');
    page.say = texts('de');
    await heading(page, 'reset.nameHeading');
    expect((await page.locator('html').getAttribute('lang')) === 'de', 'the page does not say its language');
    expect((await page.locator('#user-name').inputValue()) === ADELE.userName, 'the name is lost');
    await page.reload();
    await heading(page, 'reset.nameHeading');
}

export async function test() {
    const service = await startService({ sends: SENDS, helpdesk: 'Extension 4711, weekdays 8 to 18' });
    const url = `${service.url}/reset`;
    const german = { say: texts('de'), locale: 'de-DE', viewport: { width: 320, height: 640 }, hasTouch: true };
    await check('a reset by text message, with the mouse', url, {}, (page) => byMouse(page, service));
    await check('a reset with the keyboard alone', url, {}, (page) => byKeyboard(page, service));
    await check('another message, and another way', url, {}, (page) => anotherWay(page, service));
    await check('the Back of the browser', url, {}, browsersBack);
    await check('a reload at each step', url, {}, (page) => reloads(page, service));
    await check('a code that the browser reads', url, {}, readsTexts);
    await check('a change of language', url, {}, changeLanguage);
    await check('a reset in German, 320 pixels wide', url, german, async (page) => {
        await byMouse(page, service, 'german-', `${PASSWORD} zweimal`);
    });

    const methods = ['mobileSms', 'mobileCall', 'officeCall', 'email', 'securityQuestions'];
    const strict = await startService({ sends: SENDS, methods, methodsRequired: 2 });
    await check('two proofs: text message and email', `${strict.url}/reset`, {}, (page) => twoGates(page, strict));
    await check('two proofs: email and questions', `${strict.url}/reset`, {}, (page) => questions(page, strict));

    const single = await startService({ sends: SENDS, methods: ['email'] });
    await check('the only method is not asked for', `${single.url}/`, {}, (page) => onlyEmail(page, single));
}
