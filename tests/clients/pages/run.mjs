// Runs the tests of all pages, or those that are named: reset, failures, password, languages, lighthouse.
import { finish } from './harness.mjs';

const named = process.argv.slice(2);
for (const page of ['reset', 'failures', 'password', 'languages', 'lighthouse']) {
    if (!named.length || named.includes(page)) {
        const { test } = await import(`./${page}.mjs`);
        await test();
    }
}
await finish();
