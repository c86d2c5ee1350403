// The sources of the pages: their types, their translations, their weights, and that the committed build is theirs.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { count } from './harness.mjs';

const WEB = join(dirname(fileURLToPath(import.meta.url)), '../../../functions/pages/web');

function run(command, ...parameters) {
    const { status, stdout } = spawnSync(command, parameters, { cwd: WEB, encoding: 'utf8' });
    if (status) throw new Error(stdout);
    return stdout;
}

export async function test() {
    await count('the types of the sources', async () => run('node_modules/.bin/tsc'));
    await count('translations, weights and the committed build', async () => console.log(run('node', 'check.mjs').match(/^.*KiB.*$/gm).join('\n')));
}
