// `node scripts/llama.js`, called by interop/check_gguf.py: installs llama.cpp itself, as node-llama-cpp's prebuilt
// binaries, into interop/llama/node_modules. Once, about 110 MB on disk; no build, and no script of a package is run.
// `npm ci` would want the binaries of every system, and registries do not all have them.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from './packages.js';
import { runShown } from './progress.js';

const folder = join(root, 'interop', 'llama');
const stamp = join(folder, 'node_modules', 'installed');
const wanted = createHash('sha256')
  .update(readFileSync(join(folder, 'package-lock.json')))
  .digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  const path = process.env.npm_execpath ?? '';
  // npm that is found by its name is a batch file on Windows, which only a shell can start.
  const isFile = basename(path) === 'npm-cli.js';
  const { ok } = await runShown(
    'Installing llama.cpp (node-llama-cpp)',
    [
      ...(isFile ? [process.execPath, path] : ['npm']),
      'install',
      '--no-save',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
    ],
    { cwd: folder, shell: !isFile && process.platform === 'win32', detail: (lines) => lines.at(-1) ?? '' },
  );
  if (!ok) {
    console.error('llama.cpp could not be installed; see above. This step needs a network.');
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}
