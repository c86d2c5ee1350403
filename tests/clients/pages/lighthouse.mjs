// What Lighthouse says of the pages that anybody can open, on a simulated slow phone.
import { CHROMIUM, count, load, startService } from './harness.mjs';

const LEAST = { accessibility: 100, 'best-practices': 100, performance: 95 };
// A busy machine makes a page look slower, so the best of some runs counts.
const RUNS = 3;

export async function test() {
    const { default: lighthouse } = await load('lighthouse');
    const { launch } = await load('chrome-launcher');
    const service = await startService();
    const chrome = await launch({ chromePath: CHROMIUM, chromeFlags: ['--headless', '--no-sandbox'] });
    const options = { port: chrome.port, onlyCategories: Object.keys(LEAST), logLevel: 'silent' };
    for (const path of ['/reset', '/password']) {
        await count(`Lighthouse on ${path}`, async () => {
            let missed;
            for (let run = 0; run < RUNS; run += 1) {
                const { lhr } = await lighthouse(service.url + path, options);
                const scores = Object.entries(lhr.categories).map(([name, { score }]) => [name, Math.round(score * 100)]);
                console.log(`        ${scores.map(([name, score]) => `${name} ${score}`).join(', ')}`);
                if (scores.every(([name, score]) => score >= LEAST[name])) return;
                missed = Object.values(lhr.audits).filter(({ score, scoreDisplayMode }) => score === 0 && scoreDisplayMode === 'binary');
            }
            throw new Error(`too low:\n        ${missed.map(({ title }) => title).join('\n        ')}`);
        });
    }
    await chrome.kill();
}
