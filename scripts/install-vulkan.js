/**
 * Mesa's lavapipe, a Vulkan driver that computes on the processor: kernel tests take a fifth of the time that they take
 * on the browser's, and it has f16. Dawn takes it from Mesa 25 on, which Debian 12 has in its backports only.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aptGetInstall, mayUseApt } from './apt.js';

const packages = ['mesa-vulkan-drivers', 'libvulkan1'];
const oldestMesa = 25;

/** Installs it as root on Debian, once. Never ends the process: without it the tests use the browser's driver. */
export async function installVulkan() {
  if (hasLavapipe() || !mayUseApt()) return;
  const isOld = candidateMajor() < oldestMesa;
  const backports = isOld ? withBackports() : undefined;
  if (isOld && !backports) return;
  const label = 'Installing a Vulkan driver for kernel tests (lavapipe, about 150 MB)';
  const done = await aptGetInstall(label, packages, backports?.options);
  backports?.remove();
  if (!done) console.error('Without it the kernel tests take about five times as long.');
}

/** Where the Vulkan loader looks. Mesa before 25 has other names here. */
function hasLavapipe() {
  const folders = (process.env.XDG_DATA_DIRS || '/usr/local/share:/usr/share').split(':');
  return folders.some((folder) => existsSync(join(folder, 'vulkan', 'icd.d', 'lvp_icd.json')));
}

const said = (program, ...args) => spawnSync(program, args, { encoding: 'utf8' }).stdout ?? '';

/** The Mesa that apt-get would install; where nothing is known, none has to be looked for elsewhere. */
function candidateMajor() {
  const version = /Candidate: (?:\d+:)?(\d+)/.exec(said('apt-cache', 'policy', packages[0]));
  return version ? Number(version[1]) : Number.POSITIVE_INFINITY;
}

/** Options that add the backports of this Debian to the machine's own sources, for one call; undefined elsewhere. */
function withBackports() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const [, codename] = /^VERSION_CODENAME=(\w+)/m.exec(release) ?? [];
  const targets = said('apt-get', 'indextargets', '--format', '$(REPO_URI) $(CODENAME)', 'Created-By: Packages');
  const source = targets.split('\n').find((line) => line.endsWith(` ${codename}`));
  if (!/^ID=debian$/m.test(release) || !source) return undefined;
  const suite = `${codename}-backports`;
  const folder = mkdtempSync(join(tmpdir(), 'atelier-apt-'));
  const parts = join(folder, 'sources.list.d');
  if (existsSync('/etc/apt/sources.list.d')) cpSync('/etc/apt/sources.list.d', parts, { recursive: true });
  mkdirSync(parts, { recursive: true });
  const keyring = '[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]';
  writeFileSync(join(parts, 'backports.list'), `deb ${keyring} ${source.split(' ')[0]} ${suite} main\n`);
  return {
    options: ['-o', `Dir::Etc::SourceParts=${parts}`, '-t', suite],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
