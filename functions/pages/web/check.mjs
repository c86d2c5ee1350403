// Checks that each language has the messages of the English one, that ../built is what these sources make, and that no
// page is too heavy. The last line counts the checks.
import { brotliDecompressSync } from 'node:zlib';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, printWeights, readLanguages } from './build.mjs';

const BUILT = join(dirname(fileURLToPath(import.meta.url)), '../built');
const SOURCE = 'en';
// Sections that a language may still lack as a whole. It has the English texts until then.
const TO_TRANSLATE = [];

let passed = 0;
let failed = 0;

function check(what, faults) {
    console.log(`${faults.length ? 'FAILED' : 'ok    '}  ${what}`);
    faults.forEach((fault) => console.log(`        ${fault}`));
    faults.length ? (failed += 1) : (passed += 1);
}

const flat = (sections) =>
    new Map(
        Object.entries(sections).flatMap(([section, texts]) =>
            Object.entries(texts).map(([key, text]) => [`${section}.${key}`, text]),
        ),
    );

const placeholders = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join(' ');

// The forms of a plural that whole numbers of everyday size take.
function forms(language) {
    const rules = new Intl.PluralRules(language);
    return [...new Set(Array.from({ length: 1000 }, (_, count) => rules.select(count)).concat('other'))].sort();
}

function compare(language, source, texts) {
    const faults = [];
    const missing = [...source.keys()].filter((key) => !texts.has(key));
    const extra = [...texts.keys()].filter((key) => !source.has(key));
    faults.push(...missing.map((key) => `${key} is missing`), ...extra.map((key) => `${key} is not in ${SOURCE}.json`));
    for (const [key, text] of texts) {
        const english = source.get(key);
        if (english === undefined) {
            continue;
        }
        if (typeof text !== typeof english) {
            faults.push(`${key} must have the same kind of value as in ${SOURCE}.json`);
        } else if (typeof text === 'string') {
            if (!text.trim()) faults.push(`${key} is empty`);
            if (placeholders(text) !== placeholders(english)) {
                faults.push(`${key} must have the placeholders ${placeholders(english) || '(none)'}`);
            }
        } else {
            const found = Object.keys(text).sort().join(' ');
            if (found !== forms(language).join(' ')) faults.push(`${key} must have the forms ${forms(language).join(' ')}`);
            for (const [form, value] of Object.entries(text)) {
                const kept = placeholders(value) === placeholders(english.other);
                // "One" may be a word.
                if (!kept && form !== 'one') faults.push(`${key}.${form} must have ${placeholders(english.other)}`);
            }
        }
    }
    return faults;
}

function compareBuilt(built) {
    const faults = [];
    const committed = existsSync(BUILT) ? readdirSync(BUILT) : [];
    for (const [file, bytes] of built) {
        if (!committed.includes(file)) {
            faults.push(`${file} is missing`);
            continue;
        }
        // Another release of Node.js may compress a little differently.
        const read = file.endsWith('.br') ? brotliDecompressSync : (found) => found;
        if (!read(readFileSync(join(BUILT, file))).equals(read(bytes))) faults.push(`${file} differs`);
    }
    faults.push(...committed.filter((file) => !built.has(file)).map((file) => `${file} is not built any more`));
    return faults.length ? [...faults, 'run: npm run build'] : [];
}

const languages = readLanguages();
for (const [language, sections] of Object.entries(languages)) {
    const expected = Object.entries(languages[SOURCE]).filter(([section]) => section in sections || !TO_TRANSLATE.includes(section));
    const source = flat(Object.fromEntries(expected));
    check(`${language}.json is complete`, compare(language, source, flat(sections)));
}
const { built, weights } = await build();
check('../built is what these sources make', compareBuilt(built));
check('no page is too heavy', printWeights(weights) ? [] : ['see the weights above']);

console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
