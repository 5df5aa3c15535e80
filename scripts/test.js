/**
 * `npm test`: installs what is missing, a browser included, then types, lint, unit and kernel tests, browser tests.
 * The last line says how many passed. `npm test -- --no-e2e` leaves the browser tests out.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBrowser } from './browser.js';
import { installPackages, requireNode } from './packages.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const results = join(root, 'test-results');

requireNode();
installPackages(root);
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
const browser = installBrowser();

const stages = [
  { name: 'Types', command: ['npx', 'tsc', '--noEmit'], count: countCommand },
  { name: 'Lint', command: ['npx', 'biome', 'check', '--error-on-warnings', '.'], count: countCommand },
  {
    name: 'Unit and kernel tests',
    command: ['npx', 'vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile=${results}/unit.json`],
    count: countUnitTests,
  },
];
if (!process.argv.includes('--no-e2e')) {
  stages.push({ name: 'Browser tests', command: ['npx', 'playwright', 'test'], count: countBrowserTests });
}

const summary = stages.map(({ name, command, count }) => {
  console.log(`\n── ${name} ──`);
  const started = Date.now();
  const ok = run(command);
  const { passed, failed } = count(ok);
  return {
    name,
    passed,
    failed: ok ? failed : Math.max(1, failed),
    seconds: Math.round((Date.now() - started) / 1000),
  };
});

console.log('');
for (const { name, passed, failed, seconds } of summary) {
  console.log(`${name.padEnd(24)} ${String(passed).padStart(5)} passed, ${failed} failed  (${seconds} s)`);
}
const sum = (key) => summary.reduce((total, stage) => total + stage[key], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
process.exit(sum('failed') === 0 ? 0 : 1);

function run([program, ...args], options = {}) {
  const { status } = spawnSync(program, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, ...(browser ? { ATELIER_BROWSER: browser } : {}) },
    ...options,
  });
  return status === 0;
}

/** A browser that is there; as root on Debian its package; else Playwright's own download, given up after 20 s. */
function installBrowser() {
  const found = findBrowser();
  if (found) return found;
  console.log('No Chrome or Chromium found; installing one…');
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    run(['apt-get', 'update', '-qq']);
    run(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-noto-cjk']);
  }
  if (!findBrowser()) run(['npx', 'playwright', 'install', 'chromium'], { timeout: 20_000 });
  const installed = findBrowser();
  if (!installed) {
    console.error('No browser could be installed: install Chrome or Chromium, or set ATELIER_BROWSER to its program.');
    process.exit(1);
  }
  return installed;
}

function countCommand(ok) {
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
}

function countUnitTests() {
  const report = readReport('unit.json');
  return { passed: report?.numPassedTests ?? 0, failed: report?.numFailedTests ?? 0 };
}

function countBrowserTests() {
  const stats = readReport('e2e.json')?.stats;
  return { passed: (stats?.expected ?? 0) + (stats?.flaky ?? 0), failed: stats?.unexpected ?? 0 };
}

function readReport(name) {
  const file = join(results, name);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
