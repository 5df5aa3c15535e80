/** Building the page when something it is made of changed since the last time. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentSecurityPolicy } from './security-headers.js';

const sources = ['src', 'public', 'index.html', 'vite.config.ts', 'package-lock.json', 'scripts'];

/** Builds into `dist` unless what is there was built from just these sources. */
export function buildPage(root) {
  const stampFile = join(root, 'dist', '.built-from');
  const stamp = stampOf(root);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  console.log('Building the page…');
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const { status } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) {
    console.error('The page could not be built; see above.');
    process.exit(1);
  }
  writeFileSync(stampFile, stamp);
}

/** A digest of names, sizes and times: reading every file would take longer than the build it may save. */
function stampOf(root) {
  const hash = createHash('sha256').update(contentSecurityPolicy());
  for (const source of sources) addFile(hash, join(root, source));
  return hash.digest('hex');
}

function addFile(hash, path) {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) return;
  if (info.isDirectory()) {
    for (const name of readdirSync(path).sort()) addFile(hash, join(path, name));
  } else if (!/\.test\.tsx?$/.test(path)) {
    hash.update(`${path} ${info.size} ${info.mtimeMs}\n`);
  }
}
