/** Building the page when something it is made of changed since the last time. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageProgram, root } from './packages.js';
import { runShown } from './progress.js';
import { builtFolder, publishing } from './publishing.js';
import { headersFor } from './security-headers.js';

const sources = ['src', 'public', 'index.html', 'vite.config.ts', 'package-lock.json', 'scripts'];

/** Builds into its folder unless what is there was built from just these sources. Ends the process where that fails. */
export async function buildPage() {
  const stampFile = join(root, builtFolder(), '.built-from');
  const stamp = stampOf();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  // Whatever a build that is stopped leaves behind is no page.
  rmSync(stampFile, { force: true });
  const { ok } = await runShown(
    'Building the page',
    packageProgram('vite/bin/vite.js', 'build', '--logLevel', 'warn'),
    { cwd: root },
  );
  if (!ok) {
    console.error('The page could not be built; see above. If packages are missing, `npm start` installs them.');
    process.exit(1);
  }
  writeFileSync(stampFile, stamp);
}

/** A digest of names, sizes and times: reading every file would take longer than the build it may save. */
function stampOf() {
  const hash = createHash('sha256').update(JSON.stringify([headersFor('/'), publishing()]));
  for (const source of sources) addFile(hash, join(root, source));
  return hash.digest('hex');
}

function addFile(hash, path) {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) return;
  if (info.isDirectory()) {
    for (const name of readdirSync(path).sort()) addFile(hash, join(path, name));
  } else if (!/\.test\.[jt]sx?$/.test(path)) {
    hash.update(`${path} ${info.size} ${info.mtimeMs}\n`);
  }
}
