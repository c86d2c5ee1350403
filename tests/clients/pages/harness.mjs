// What the tests of the pages share: a service, a browser that watches what a page does, and checks that are counted.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { serve } from './serve.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const LANGUAGES = join(HERE, '../../../functions/pages/web/src/languages');
/** The languages that there are. */
export const languages = readdirSync(LANGUAGES).map((file) => file.replace('.json', ''));
export const { CHROMIUM = '/usr/bin/chromium', MODULES, SCREENSHOTS, SERVICE } = process.env;
const require = createRequire(join(MODULES, 'package.json'));
/** A package that the tests need, by its name. */
export const load = (name) => import(pathToFileURL(require.resolve(name)));
const { chromium } = require('playwright-core');
const { AxeBuilder } = require('@axe-core/playwright');

// How long a page may take to show what a test waits for.
const WAIT_MS = 8_000;
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
// What Chromium prints for each refused request. The pages handle them.
const REFUSED_REQUEST = /^Failed to load resource/;

const running = [];
let passed = 0;
let failed = 0;

// With PAGES=built the pages are those of functions/pages/built, even if the service has others. Its issuer sends people
// back to its public address only, so that address must be known beforehand.
const freePort = () =>
    new Promise((resolve) => {
        const server = createServer().listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });

/** Starts a local service with a policy. Pages come from the service itself, or from `serve.mjs` if it has none. */
export async function startService(policy = {}, options = []) {
    const folder = mkdtempSync(join(tmpdir(), 'pages-'));
    const file = join(folder, 'policy.json');
    writeFileSync(file, JSON.stringify(policy));
    const front = process.env.PAGES === 'built' ? await freePort() : 0;
    const address = front ? ['--public-url', `http://127.0.0.1:${front}`] : [];
    const child = spawn(SERVICE, ['--port', '0', '--policy', file, ...address, ...options], { stdio: ['ignore', 'pipe', 'ignore'] });
    running.push(child);
    const api = await new Promise((resolve, reject) => {
        let said = '';
        child.stdout.on('data', (bytes) => {
            said += bytes;
            const found = said.match(/^listening on (\S+)/m);
            if (found) resolve(found[1]);
        });
        child.on('exit', () => reject(new Error('the service did not start')));
    });
    const own = !front && await fetch(`${api}/reset`).then(({ ok }) => ok);
    const json = async (path, body, headers = {}, method = 'POST') => {
        const sent = { 'Content-Type': 'application/json', ...headers };
        const answer = await fetch(api + path, body ? { method, headers: sent, body: JSON.stringify(body) } : { headers });
        if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
        return answer.status === 204 ? undefined : answer.json();
    };
    return {
        url: own ? api : await serve(api, front),
        json,
        advance: (advanceSeconds) => json('/_local/clock', { advanceSeconds }),
        /** The newest message to somebody with this reference, as soon as there is one. */
        message: async (to, reference) => {
            for (let run = 0; run < 80; run += 1) {
                const all = await json(`/_local/outbox?to=${encodeURIComponent(to)}`);
                const found = all.filter((message) => !reference || message.reference === reference).pop();
                if (found) return found;
                await new Promise((resolve) => setTimeout(resolve, 100));
            }
            throw new Error(`there is no message to ${to} with the reference ${reference}`);
        },
        count: async (to) => (await json(`/_local/outbox?to=${encodeURIComponent(to)}`)).length,
    };
}

/** The digits in a message. */
export const digits = ({ channel, text }) =>
    channel === 'call'
        ? text.match(/code is: ([\d, ]+)\./)[1].replace(/\D/g, '')
        : text.match(/\b(\d{4} \d{4})\b/)[1];

/** The long code in an email. */
export const longCode = ({ text }) => text.match(/^(?:[0-9A-Z]{5}-){5}[0-9A-Z]$/m)[0];

/** The texts of a language: `say('common.continue')`, without plurals. */
export function texts(language) {
    const sections = JSON.parse(readFileSync(join(LANGUAGES, `${language}.json`), 'utf8'));
    return (key, values = {}) => {
        const [section, name] = key.split(/\.(.*)/);
        const text = sections[section][name];
        if (text === undefined) throw new Error(`${language} has no ${key}`);
        return (text.other ?? text).replace(/\{(\w+)\}/g, (_, value) => values[value] ?? `{${value}}`);
    };
}

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });

/** Opens a page. Whatever it does wrong is collected in `page.faults`. */
export async function open(url, { say = texts('en'), prepare, ...options } = {}) {
    const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1024, height: 800 }, ...options });
    await prepare?.(context);
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    page.faults = [];
    page.say = say;
    const fault = (text) => page.faults.push(text);
    page.on('console', (message) => {
        const harmless = message.type() === 'error' && REFUSED_REQUEST.test(message.text());
        if (['error', 'warning'].includes(message.type()) && !harmless) fault(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => fault(`error: ${error.message}`));
    const { origin } = new URL(url);
    page.on('request', (request) => {
        const asked = request.url();
        if (!asked.startsWith(`${origin}/`) && !asked.startsWith('data:')) fault(`a request to ${asked}`);
        // Only the issuer may put its code there, when it sends the person back.
        if (request.isNavigationRequest() && /[?&]code=[^&]+&state=/.test(asked)) return;
        if (/[?&#](code|token|gateToken|password|userName)=/i.test(asked)) fault(`a secret in the address ${asked}`);
    });
    await page.goto(url);
    return page;
}

/** Checks what a page shows now: accessible in light and dark, no wider than the window. Takes screenshots. */
export async function look(page, name) {
    for (const colorScheme of ['dark', 'light']) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        // Only colours differ in the dark.
        const axe = new AxeBuilder({ page }).setLegacyMode();
        const { violations } = await (colorScheme === 'dark' ? axe.withRules('color-contrast') : axe.withTags(RULES)).analyze();
        for (const { id, nodes } of violations) {
            page.faults.push(`axe, ${name}, ${colorScheme}: ${id}: ${nodes.map(({ html }) => html).join(' ').slice(0, 300)}`);
        }
        await page.screenshot({ path: join(SCREENSHOTS, `${name}-${colorScheme}.png`), fullPage: true });
    }
    const { wide, window, stored } = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth,
        window: innerWidth,
        stored: localStorage.length,
    }));
    if (wide > window) page.faults.push(`${name} is ${wide - window} pixels wider than the window`);
    if (stored) page.faults.push(`${name} keeps something in localStorage`);
}

/** Presses Tab until the element has the focus. */
export async function tabTo(page, locator) {
    for (let presses = 0; presses < 40; presses += 1) {
        await page.keyboard.press('Tab');
        if (await locator.evaluate((element) => element === document.activeElement)) return;
    }
    throw new Error(`Tab never reaches ${locator}`);
}

/** Fails unless the condition holds. */
export function expect(condition, otherwise) {
    if (!condition) throw new Error(otherwise);
}

/** Counts a named check. */
export async function count(name, body, failing = async () => {}) {
    const began = Date.now();
    try {
        await body();
        passed += 1;
        console.log(`ok      ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    } catch (error) {
        failed += 1;
        console.log(`FAILED  ${name}\n        ${error.message}`);
        await failing(failed);
    }
}

/** Runs a named check with a page, which must do nothing wrong. */
export async function check(name, url, options, body) {
    let page;
    const run = async () => {
        page = await open(url, options);
        await body(page);
        if (page.faults.length) throw new Error(page.faults.join('\n        '));
    };
    await count(name, run, async (number) => {
        await page?.screenshot({ path: join(SCREENSHOTS, `failed-${number}.png`), fullPage: true }).catch(() => {});
        if (page?.faults.length) console.log(`        ${page.faults.join('\n        ')}`);
    });
    await page?.context().close();
}

/** Ends everything, prints the count, and sets the status. */
export async function finish() {
    await browser.close();
    console.log(`\n${passed} passed, ${failed} failed`);
    process.exit(failed ? 1 : 0);
}

mkdirSync(SCREENSHOTS, { recursive: true });
// Whatever ends the tests ends the services.
process.on('exit', () => running.forEach((child) => child.kill()));
['SIGINT', 'SIGTERM'].forEach((signal) => process.on(signal, () => process.exit(1)));
