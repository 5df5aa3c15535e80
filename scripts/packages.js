/** Installing what package-lock.json names, when it is not there yet. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const oldest = [20, 19];

/** Stops with a clear word where Node is too old for the packages. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  console.error(`Atelier needs Node ${oldest.join('.')} or later; this is ${process.versions.node}.`);
  process.exit(1);
}

/** Installs the packages where node_modules is missing or does not hold what the lock file names. */
export function installPackages(root) {
  if (packagesAreThere(root)) return;
  console.log('Installing packages…');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status } = spawnSync(npm, ['ci'], { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status === 0) return;
  console.error('The packages could not be installed; see above. A network is needed for this step only.');
  process.exit(1);
}

/** Compares the lock file with the one npm keeps of what it installed. */
function packagesAreThere(root) {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const found = packagesOf(installed);
  return Object.entries(wanted).every(
    ([path, { version, optional, dev, peer, link }]) =>
      path === '' ||
      optional ||
      link ||
      (peer && !found[path]) ||
      found[path]?.version === version ||
      (dev && !version),
  );
}

const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
