// Serves functions/pages/built as the service does, and hands everything else to the API of a running local service.
// For work on the pages without a build of the service: node tests/clients/pages/serve.mjs http://127.0.0.1:8080 [port]
import { createServer, request } from 'node:http';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BUILT = join(dirname(fileURLToPath(import.meta.url)), '../../../functions/pages/built');
const PAGES = { '/': 'reset', '/reset': 'reset', '/password': 'password', '/security-info': 'security-info', '/admin': 'admin' };
const THEME = '/assets/theme-development.css';
const LOGO = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 60 40'><path fill='%231f5fbf' d='M0 40 30 0l30 40z'/></svg>";
const ORGANISATION = 'Contoso';
const RIGHT_TO_LEFT = ['ar', 'fa', 'he', 'ur'];
const TYPES = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', json: 'application/json', svg: 'image/svg+xml' };
const NO_FEATURES = ['camera', 'geolocation', 'microphone', 'payment', 'usb'].map((feature) => `${feature}=()`);

const headers = (issuer) => ({
    'Content-Security-Policy': [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'none'",
        `connect-src 'self' ${issuer}`.trim(),
        `form-action 'self' ${issuer}`.trim(),
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ].join('; '),
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
    'X-Content-Type-Options': 'nosniff',
    'Permissions-Policy': [...NO_FEATURES, 'otp-credentials=(self)'].join(', '),
});

// The first language of the request that there is.
function choose(header, files) {
    const wanted = (header ?? '').split(',').map((range) => {
        const [tag, ...parameters] = range.trim().split(';');
        const quality = parameters.map((text) => text.trim()).find((text) => text.startsWith('q='));
        return { tag: tag.toLowerCase().split('-')[0], quality: quality ? Number(quality.slice(2)) : 1 };
    });
    wanted.sort((one, other) => other.quality - one.quality);
    return wanted.map(({ tag }) => tag).find((tag) => tag in files) ?? 'en';
}

function page(name, asked) {
    const files = JSON.parse(readFileSync(join(BUILT, 'languages.json'), 'utf8'));
    const language = choose(asked, files);
    const values = {
        language,
        direction: RIGHT_TO_LEFT.includes(language) ? 'rtl' : 'ltr',
        organisation: ORGANISATION,
        theme: THEME,
        messages: `/assets/${files[language]}`,
    };
    return readFileSync(join(BUILT, `${name}.html`), 'utf8').replace(/\{\{(\w+)\}\}/g, (_, placeholder) => values[placeholder]);
}

function asset(path, accepts) {
    if (path === THEME) return { body: `:root{--brand:#1f5fbf;--logo:url("data:image/svg+xml,${LOGO}")}`, type: TYPES.css };
    const file = path.slice('/assets/'.length);
    if (!/^[\w.-]+$/.test(file)) return undefined;
    try {
        const compressed = /\bbr\b/.test(accepts ?? '');
        const body = readFileSync(join(BUILT, compressed ? `${file}.br` : file));
        return { body, type: TYPES[file.split('.').pop()], compressed };
    } catch {
        return undefined;
    }
}

// The service answers a request without an Origin, or with its own.
function forward(target, incoming, outgoing) {
    const { origin, ...kept } = incoming.headers;
    const url = new URL(incoming.url, target);
    const sent = request(url, { method: incoming.method, headers: { ...kept, host: url.host } }, (answer) => {
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.pipe(outgoing);
    });
    sent.on('error', () => outgoing.writeHead(502).end());
    incoming.pipe(sent);
}

/** Serves the pages in front of the API at `target`. Resolves to their address. */
export function serve(target, port = 0, issuer = '') {
    const server = createServer((incoming, outgoing) => {
        const { pathname } = new URL(incoming.url, target);
        const security = headers(issuer);
        if (pathname in PAGES) {
            const body = page(PAGES[pathname], incoming.headers['accept-language']);
            const own = { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-cache', Vary: 'Accept-Language' };
            outgoing.writeHead(200, { ...security, ...own }).end(body);
        } else if (pathname === '/.well-known/change-password') {
            outgoing.writeHead(302, { ...security, Location: '/password' }).end();
        } else if (pathname.startsWith('/assets/')) {
            const found = asset(pathname, incoming.headers['accept-encoding']);
            // The page of the local issuer has files of the service.
            if (!found) return forward(target, incoming, outgoing);
            outgoing.writeHead(200, {
                ...security,
                'Content-Type': found.type,
                'Cache-Control': 'public, max-age=31536000, immutable',
                Vary: 'Accept-Encoding',
                ...(found.compressed ? { 'Content-Encoding': 'br' } : {}),
            });
            outgoing.end(found.body);
        } else {
            forward(target, incoming, outgoing);
        }
    });
    return new Promise((resolve) =>
        server.listen(port, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`)),
    );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const [, , target, port = '8088'] = process.argv;
    console.log(`listening on ${await serve(target, Number(port))}`);
}
