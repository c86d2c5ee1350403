// What Lighthouse says of the pages that anybody can open, on a simulated slow phone.
import { CHROMIUM, count, load, startService } from './harness.mjs';

const LEAST = { accessibility: 100, 'best-practices': 100, performance: 95 };

export async function test() {
    const { default: lighthouse } = await load('lighthouse');
    const { launch } = await load('chrome-launcher');
    const service = await startService();
    const chrome = await launch({ chromePath: CHROMIUM, chromeFlags: ['--headless', '--no-sandbox'] });
    for (const path of ['/reset', '/password']) {
        await count(`Lighthouse on ${path}`, async () => {
            const options = { port: chrome.port, onlyCategories: Object.keys(LEAST), logLevel: 'silent' };
            const { lhr } = await lighthouse(service.url + path, options);
            const scores = Object.entries(lhr.categories).map(([name, { score }]) => [name, Math.round(score * 100)]);
            console.log(`        ${scores.map(([name, score]) => `${name} ${score}`).join(', ')}`);
            const audits = Object.values(lhr.audits).filter(({ score, scoreDisplayMode }) => score === 0 && scoreDisplayMode === 'binary');
            if (scores.some(([name, score]) => score < LEAST[name])) throw new Error(audits.map(({ title }) => title).join('\n        '));
        });
    }
    await chrome.kill();
}
