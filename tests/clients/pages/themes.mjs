// Any colour of a brand leaves the texts legible, in light and dark, with a logo and without.
import { check, look, startService } from './harness.mjs';
import { alert, heading, press } from './steps.mjs';

const BRANDS = ['#000000', '#ffffff', '#ffd400', '#d0006f'];

async function brand(page, colour) {
    const headers = { 'Content-Type': 'text/css' };
    await page.route('**/assets/theme-*.css', (route) => route.fulfill({ headers, body: `:root{--brand:${colour}}` }));
    await page.reload();
    await heading(page, 'reset.nameHeading');
    await press(page, 'common.continue');
    await alert(page).waitFor();
    await look(page, `theme-${colour.slice(1)}`);
}

export async function test() {
    const service = await startService();
    for (const colour of BRANDS) {
        await check(`the brand ${colour}`, `${service.url}/reset`, {}, (page) => brand(page, colour));
    }
}
