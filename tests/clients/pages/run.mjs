// Runs all tests of the pages, or those that are named: sources, reset, password, themes, languages, failures,
// security-info, admin, lighthouse.
import { finish } from './harness.mjs';

// The lanes of one stage run at the same time: each test has services of its own. Lighthouse needs a quiet machine.
const STAGES = [[['sources']], [['reset', 'password', 'themes', 'languages'], ['failures', 'security-info', 'admin']], [['lighthouse']]];
const named = process.argv.slice(2);

async function run(lane) {
    for (const name of lane) {
        if (named.length && !named.includes(name)) continue;
        const { test } = await import(`./${name}.mjs`);
        await test();
    }
}

for (const stage of STAGES) await Promise.all(stage.map(run));
await finish();
