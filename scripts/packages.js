/** What is installed of package-lock.json, and installing the rest. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runShown } from './progress.js';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * What a command needs: the page (`npm start`), the command line beside it, or everything. package.json keeps them
 * apart as dependencies, peerDependencies and devDependencies. `megabytes` on disk: du -sm node_modules.
 */
const levels = {
  page: { holds: ({ dev, peer }) => !dev && !peer, omit: ['dev', 'peer'], include: [], megabytes: 280 },
  studio: { holds: ({ dev }) => !dev, omit: ['dev'], include: ['peer'], megabytes: 420 },
  all: { holds: () => true, omit: [], include: ['dev', 'peer'], megabytes: 900 },
};

/** How a program that package.json names is started: without npx or a shell, which differ between systems. */
export const packageProgram = (path, ...args) => [process.execPath, join(root, 'node_modules', path), ...args];

/** What the user typed, to type again. */
export function ownCommand() {
  const name = process.env.npm_lifecycle_event;
  if (!name) return 'the command';
  return `\`npm ${['start', 'test'].includes(name) ? '' : 'run '}${name}\``;
}

/**
 * Installs what the level needs and is not there; nothing that is there for another level goes. Ends the process where
 * that fails.
 * @param {'page' | 'studio' | 'all'} level
 */
export async function installPackages(level) {
  const lock = packagesOf(join(root, 'package-lock.json'));
  const found = installed();
  if (found && missing(lock, found, level).length === 0) return;
  const target = found ? highest(level, levelOf(lock, found)) : level;
  const result = await runNpm(target, lock, found);
  const left = missing(lock, installed() ?? {}, target);
  if (result.ok && left.length === 0) return;
  console.error(`${reasonOf(result, left, target)}\nThen run ${ownCommand()} again: it goes on from what has arrived.`);
  process.exit(1);
}

function reasonOf({ ok, notFound }, left, level) {
  if (notFound) return 'npm was not found. It comes with Node: install that from https://nodejs.org, npm included.';
  const what = ok
    ? `npm did not install ${left.slice(0, 3).join(', ')}.`
    : 'The packages could not be installed; see above.';
  const needs = `about ${levels[level].megabytes} MB of disk`;
  return `${what}\nThis step needs a network (behind a proxy: npm config set proxy ADDRESS) and ${needs}.`;
}

const modules = join(root, 'node_modules');
/** There while npm works. What npm was stopped in may be half a package, and npm would not notice. */
const unfinished = join(modules, '.unfinished');

/** What npm says it installed, or undefined where it never came to an end. */
function installed() {
  const file = join(modules, '.package-lock.json');
  return existsSync(file) && !existsSync(unfinished) ? packagesOf(file) : undefined;
}

const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;

/** Paths of packages that the level needs. What is optional depends on the system and is left to npm. */
function needed(lock, level) {
  return Object.keys(lock).filter((path) => path !== '' && !lock[path].optional && levels[level].holds(lock[path]));
}

function missing(lock, found, level) {
  const same = (a, b) => b && a.version === b.version && Boolean(a.link) === Boolean(b.link);
  return needed(lock, level).filter((path) => !same(lock[path], found[path]));
}

/** The level of an earlier installation: the highest that any package there belongs to. */
function levelOf(lock, found) {
  const has = (flag) => Object.keys(found).some((path) => lock[path]?.[flag] && !lock[path].optional);
  if (has('dev')) return 'all';
  return has('peer') ? 'studio' : 'page';
}

function highest(a, b) {
  const order = Object.keys(levels);
  return order.indexOf(a) > order.indexOf(b) ? a : b;
}

/** From nothing, or after an interruption, npm begins anew; otherwise it changes only what differs. */
async function runNpm(level, lock, found) {
  const { omit, include, megabytes } = levels[level];
  const paths = needed(lock, level);
  const there = () => paths.filter((path) => existsSync(join(root, path, 'package.json'))).length;
  const more = found ? missing(lock, found, level).length : paths.length;
  const size = megabytes - (found ? levels[levelOf(lock, found)].megabytes : 0);
  console.error(`Packages to install from npm: ${more}${size > 0 ? `, about ${size} MB on disk` : ''}; once only.`);
  if (found) writeFileSync(unfinished, '');
  const result = await runShown(
    'Installing packages',
    npm(
      ...(found ? ['install', '--no-save'] : ['ci']),
      ...omit.map((group) => `--omit=${group}`),
      ...include.map((group) => `--include=${group}`),
      '--legacy-peer-deps=false',
    ),
    { cwd: root, shell: needsShell, detail: () => `${there()} of ${paths.length}` },
  );
  // npm that fails takes back what it changed.
  if (!result.killed) rmSync(unfinished, { force: true });
  return result;
}

/** The npm that started this; found by its name it is a batch file on Windows, which only a shell can start. */
const ownNpm = basename(process.env.npm_execpath ?? '') === 'npm-cli.js' ? process.env.npm_execpath : undefined;
export const needsShell = !ownNpm && process.platform === 'win32';
export const npm = (...args) => (ownNpm ? [process.execPath, ownNpm, ...args] : ['npm', ...args]);
