// The first steps in every language, on a narrow phone, in the language that the browser asks for.
import { check, expect, languages, look, startService, texts } from './harness.mjs';
import { LENA, chooseMethod, enterCode, enterName, alert, heading } from './steps.mjs';

async function firstSteps(page, language) {
    await heading(page, 'reset.nameHeading');
    expect((await page.locator('html').getAttribute('lang')) === language, 'the page is in another language');
    await enterName(page, LENA);
    await heading(page, 'reset.methodHeading');
    await chooseMethod(page, 'email');
    await heading(page, 'reset.codeHeading');
    await page.locator('summary').click();
    await enterCode(page, '1');
    await alert(page).getByText(page.say('reset.codeMalformed', { count: 8 })).waitFor();
    await look(page, `language-${language}-code`);
    const shown = await page.locator('body').innerText();
    expect(!/\b(common|reset|methods|password)\.[a-z]/.test(shown) && !/[{}]/.test(shown), 'a text has no translation');
}

export async function test() {
    const service = await startService({ helpdesk: '+1 425 555 0100' });
    for (const language of languages) {
        const options = { say: texts(language), locale: language, viewport: { width: 320, height: 640 } };
        await check(`the page in ${language}`, `${service.url}/reset`, options, (page) => firstSteps(page, language));
    }
}
