// Builds the pages into ../built, or into the folder that is the first argument. The same sources make the same bytes.
// Prints what each page weighs, and fails if one is too heavy.
import { brotliCompressSync, constants } from 'node:zlib';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const HERE = dirname(fileURLToPath(import.meta.url));
const LANGUAGES = join(HERE, 'src/languages');

// Each page, with the most that it may weigh: KiB after compression, with all that it loads in one language.
const PAGES = { reset: 15, password: 15, 'security-info': 45, admin: 90 };
// Sections of the language files that only one page loads. All other sections are in the asset that every page loads.
const OWN_SECTIONS = { password: 'change', 'security-info': 'securityInfo', admin: 'admin' };
// The origin of the API, for pages that another host serves. Empty means the page's own origin.
const API = process.env.REKEY_API ?? '';

const SOURCE = /\.tsx?$/;
// What looks like the key of a message in the sources.
const QUOTED = /'([a-z]\w*\.[\w-]+)'/gi;

const nameOf = (tag) => new Intl.DisplayNames([tag], { type: 'language' }).of(tag);

const compressed = (bytes) =>
    brotliCompressSync(bytes, {
        params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    });

/** The language files: `{ en: { common: { … }, … }, … }`. */
export function readLanguages() {
    const files = readdirSync(LANGUAGES).filter((file) => file.endsWith('.json')).sort();
    return Object.fromEntries(
        files.map((file) => [file.slice(0, -'.json'.length), JSON.parse(readFileSync(join(LANGUAGES, file), 'utf8'))]),
    );
}

// A short name for each key of a message that the sources name in quotes. That makes the pages a twelfth lighter. A key
// that the sources only put together, such as `methods.${method}`, keeps its name.
function shortNames(languages) {
    const named = new Set();
    for (const file of readdirSync(join(HERE, 'src'), { recursive: true })) {
        if (!SOURCE.test(file)) continue;
        for (const [, key] of readFileSync(join(HERE, 'src', file), 'utf8').matchAll(QUOTED)) named.add(key);
    }
    const keys = Object.entries(languages.en).flatMap(([section, texts]) => Object.keys(texts).map((key) => `${section}.${key}`));
    return new Map(keys.map((key, index) => [key, named.has(key) ? index.toString(36) : key]));
}

// The modules of the messages. `parts.base.en` is the file that every page loads in English.
function makeMessages(languages, names, assets) {
    const own = Object.values(OWN_SECTIONS);
    const modules = [];
    const add = (part, name, language, sections) => {
        const messages = {};
        for (const section of sections) {
            for (const [key, text] of Object.entries(languages[language][section] ?? languages.en[section] ?? {})) {
                messages[names.get(`${section}.${key}`) ?? key] = text;
            }
        }
        modules.push({ part, name, language, text: `export default ${JSON.stringify(messages)};\n` });
    };
    for (const language of Object.keys(languages)) {
        const sections = Object.keys(languages[language]).filter((section) => !own.includes(section));
        add('base', language, language, sections);
        for (const [page, section] of Object.entries(OWN_SECTIONS)) {
            add(page, `${language}-${page}`, language, [section]);
        }
    }
    // One digest for all files keeps the table of them short, which every page loads.
    const hash = createHash('sha256');
    modules.forEach(({ text }) => hash.update(text));
    const digest = hash.digest('hex').slice(0, 8);
    const parts = {};
    for (const { part, name, language, text } of modules) {
        const file = `${name}-${digest}.js`;
        assets.set(file, Buffer.from(text));
        parts[part] = { ...parts[part], [language]: file };
    }
    return parts;
}

// `import files from 'messages:PART'` is the table of the part's files by language. `messages:names` holds each language's
// name in itself: a browser would take long to make them.
const messagesPlugin = (parts, names) => ({
    name: 'messages',
    setup(build) {
        build.onResolve({ filter: /^messages:/ }, ({ path }) => ({ path, namespace: 'messages' }));
        build.onLoad({ filter: /.*/, namespace: 'messages' }, ({ path }) => ({
            contents: JSON.stringify(parts[path.slice('messages:'.length)]),
            loader: 'json',
        }));
        build.onLoad({ filter: SOURCE }, ({ path }) =>
            path.startsWith(join(HERE, 'src'))
                ? {
                      contents: readFileSync(path, 'utf8').replace(QUOTED, (whole, key) => (names.has(key) ? `'${names.get(key)}'` : whole)),
                      loader: path.endsWith('x') ? 'tsx' : 'ts',
                  }
                : undefined,
        );
    },
});

// Each page is a bundle of its own: people rarely open two pages, and one module is smaller than several that are shared.
async function bundle(parts, names) {
    const files = new Map();
    const outputs = {};
    const entries = Object.keys(PAGES).map((page) => ({ in: `src/pages/${page}/main.tsx`, out: page }));
    for (const entry of [...entries, { in: 'src/style.css', out: 'style' }]) {
        const { outputFiles, metafile } = await esbuild.build({
            absWorkingDir: HERE,
            entryPoints: [entry],
            outdir: 'out',
            entryNames: '[name]-[hash]',
            chunkNames: '[name]-[hash]',
            bundle: true,
            splitting: true,
            format: 'esm',
            target: 'es2020',
            minify: true,
            legalComments: 'none',
            jsx: 'automatic',
            jsxImportSource: 'preact',
            define: { API: JSON.stringify(API) },
            plugins: [messagesPlugin(parts, names)],
            metafile: true,
            write: false,
        });
        outputFiles.forEach((file) => files.set(file.path.split('/').pop(), Buffer.from(file.contents)));
        Object.assign(outputs, metafile.outputs);
    }
    return { files, outputs };
}

// What a page loads at once: its module, the modules that it imports, and the stylesheets.
function needs(outputs, entryPoint) {
    const name = (path) => path.split('/').pop();
    const main = Object.keys(outputs).find((path) => outputs[path].entryPoint === entryPoint);
    const modules = [];
    const visit = (path) => {
        if (!modules.includes(name(path))) {
            modules.push(name(path));
            outputs[path].imports.filter((found) => found.kind === 'import-statement').forEach((found) => visit(found.path));
        }
    };
    visit(main);
    const own = outputs[main].cssBundle;
    return { modules, styles: own ? [name(own)] : [] };
}

function makePage(template, { modules, styles }) {
    const [main, ...imported] = modules;
    const head = [
        ...styles.map((file) => `<link rel="stylesheet" href="/assets/${file}">`),
        '<link rel="stylesheet" href="{{theme}}">',
        '<link rel="modulepreload" href="{{messages}}">',
        ...imported.map((file) => `<link rel="modulepreload" href="/assets/${file}">`),
        `<script type="module" src="/assets/${main}"></script>`,
    ];
    return template.replace('%HEAD%', head.join('\n'));
}

/** Builds everything: a map of file names to bytes, and the weight of each page. */
export async function build() {
    const languages = readLanguages();
    const assets = new Map();
    const names = shortNames(languages);
    const parts = makeMessages(languages, names, assets);
    parts.names = Object.fromEntries(Object.keys(languages).map((tag) => [tag, nameOf(tag)]));
    const { files, outputs } = await bundle(parts, names);
    files.forEach((bytes, file) => assets.set(file, bytes));
    const style = [...files.keys()].find((file) => /^style-.*\.css$/.test(file));

    const built = new Map();
    for (const [file, bytes] of assets) {
        built.set(file, bytes);
        built.set(`${file}.br`, compressed(bytes));
    }
    built.set('languages.json', Buffer.from(`${JSON.stringify(parts.base)}\n`));
    const template = readFileSync(join(HERE, 'page.html'), 'utf8');
    const weights = {};
    for (const page of Object.keys(PAGES)) {
        const needed = needs(outputs, `src/pages/${page}/main.tsx`);
        needed.styles.unshift(style);
        const html = Buffer.from(makePage(template, needed));
        built.set(`${page}.html`, html);
        // The heaviest language counts.
        const messages = Object.keys(languages).map((language) =>
            ['base', page].reduce((sum, part) => sum + (parts[part] ? built.get(`${parts[part][language]}.br`).length : 0), 0),
        );
        const loaded = [...needed.modules, ...needed.styles].map((file) => built.get(`${file}.br`).length);
        weights[page] = compressed(html).length + Math.max(...messages) + loaded.reduce((sum, size) => sum + size, 0);
    }
    return { built, weights };
}

/** Prints the weights. Returns whether every page keeps its limit. */
export function printWeights(weights) {
    let kept = true;
    for (const [page, weight] of Object.entries(weights)) {
        const fits = weight <= PAGES[page] * 1024;
        kept &&= fits;
        const size = (weight / 1024).toFixed(1).padStart(5);
        console.log(`${fits ? 'ok    ' : 'FAILED'}  ${page.padEnd(14)} ${size} KiB of ${PAGES[page]}`);
    }
    return kept;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const { built, weights } = await build();
    const folder = process.argv[2] ?? join(HERE, '../built');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    built.forEach((bytes, file) => writeFileSync(join(folder, file), bytes));
    process.exitCode = printWeights(weights) ? 0 : 1;
}
