// llama.cpp itself, as node-llama-cpp's prebuilt binaries, for the check of GGUF files: interop/llama/node_modules.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { root } from './packages.js';
import { runShown } from './progress.js';

const folder = join(root, 'interop', 'llama');

/**
 * Installs what interop/llama/package-lock.json names, once (about 110 MB on disk): no build and no script of a package.
 * @returns why it is not there; undefined where it is
 */
export async function prepareLlama() {
  const stamp = join(folder, 'node_modules', 'installed');
  const lock = readFileSync(join(folder, 'package-lock.json'));
  const wanted = createHash('sha256').update(lock).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return undefined;
  const path = process.env.npm_execpath ?? '';
  const npm = basename(path) === 'npm-cli.js' ? [process.execPath, path] : ['npm'];
  const { ok } = await runShown(
    'Installing llama.cpp (node-llama-cpp)',
    [...npm, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'],
    { cwd: folder, shell: npm[0] === 'npm' && process.platform === 'win32', detail: (lines) => lines.at(-1) ?? '' },
  );
  if (!ok) return 'node-llama-cpp could not be installed; see above. This step needs a network.';
  writeFileSync(stamp, wanted);
  return undefined;
}
