/** Installing Debian's packages, where that is allowed without asking. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runShown } from './progress.js';

/** Only as root: for others it is for them to decide. */
export function mayUseApt() {
  const inPath = (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'apt-get')));
  return process.platform === 'linux' && process.getuid() === 0 && inPath;
}

/**
 * @param {string} label
 * @param {readonly string[]} packages
 * @param {readonly string[]} [options] Of apt-get, beside the usual.
 * @returns {Promise<boolean>} Whether apt-get said that they are installed.
 */
export async function aptGetInstall(label, packages, options = []) {
  const apt = (title, ...args) =>
    runShown(title, ['apt-get', '-qq', '-o', 'APT::Status-Fd=1', ...options, ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      detail: percentOf,
    });
  // A list that cannot be renewed may still do.
  await apt('Reading the lists of packages (apt-get update)', 'update');
  return (await apt(label, 'install', '-y', '--no-install-recommends', ...packages)).ok;
}

/** apt's status lines: `dlstatus:1:12.5:Retrieving …`, `pmstatus:chromium:40:Unpacking …`. */
function percentOf(lines) {
  const match = lines.map((line) => /^(dl|pm)status:[^:]*:([\d.]+):/.exec(line)).findLast(Boolean);
  return match ? `${match[1] === 'dl' ? 'downloading' : 'unpacking'} ${Math.round(Number(match[2]))}%` : '';
}
