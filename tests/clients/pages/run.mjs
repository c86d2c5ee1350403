// Runs the tests of all pages, or of those that are named: reset, password.
import { finish } from './harness.mjs';

const named = process.argv.slice(2);
for (const page of ['reset', 'password']) {
    if (!named.length || named.includes(page)) {
        const { test } = await import(`./${page}.mjs`);
        await test();
    }
}
await finish();
