// Runs the tests of all pages, or those that are named: reset, failures, password.
import { finish } from './harness.mjs';

const named = process.argv.slice(2);
for (const page of ['reset', 'failures', 'password']) {
    if (!named.length || named.includes(page)) {
        const { test } = await import(`./${page}.mjs`);
        await test();
    }
}
await finish();
