/** A browser for the tests: the one that is there, Debian's package, or Playwright's download. */
import { spawnSync } from 'node:child_process';
import { aptGetInstall, mayUseApt } from './apt.js';
import { findBrowsers } from './browser.js';
import { packageProgram } from './packages.js';
import { runShown } from './progress.js';

const byHand =
  'Install Chrome or Chromium (Debian, Ubuntu: sudo apt-get install chromium; otherwise https://www.google.com/chrome), ' +
  'or set ATELIER_BROWSER to the program of one, and run the command again.';

/**
 * Finds a browser that starts, and installs one where there is none. Never ends the process: most tests need no browser.
 * @returns {Promise<{ browser: string, problem?: undefined } | { browser: null, problem: string }>}
 */
export async function installBrowser() {
  const { ATELIER_BROWSER: given } = process.env;
  const browser = startable() ?? (given ? undefined : await install());
  if (browser) return { browser };
  const found = findBrowsers().map((path) => `${path} does not start: ${failureOf(path)}.`);
  const reasons = given
    ? [`ATELIER_BROWSER is ${given}, which ${found.length > 0 ? 'does not start' : 'is not there'}.`]
    : ['No browser could be installed.'];
  return { browser: null, problem: [...reasons, ...found, ...librariesByHand(found), byHand].join(' ') };
}

async function install() {
  console.error('The tests need Chrome or Chromium, and there is none that starts. Installing one; once only.');
  const chromium = ['chromium', 'fonts-noto-cjk'];
  if (mayUseApt() && (await aptGetInstall('Installing Chromium (about 250 MB)', chromium)) && startable()) {
    return startable();
  }
  const playwright = (command, label) =>
    runShown(label, packageProgram('@playwright/test/cli.js', command, 'chromium'), {
      detail: (lines) => lines.at(-1) ?? '',
    });
  const { ok } = await playwright('install', "Downloading Playwright's Chromium (about 170 MB)");
  if (ok && mayUseApt() && !startable()) await playwright('install-deps', 'Installing the libraries of Chromium');
  return startable();
}

const startable = () => findBrowsers().find((path) => !failureOf(path));

const librariesByHand = (found) =>
  found.length > 0 && process.platform === 'linux'
    ? ['Libraries may be missing: sudo npx playwright install-deps chromium.']
    : [];

/** The last words of a program that is no browser or lacks a library; undefined where it starts. */
function failureOf(browser) {
  // On Windows the question would open a window.
  if (process.platform === 'win32') return undefined;
  const { status, error, stderr, stdout } = spawnSync(browser, ['--version'], { encoding: 'utf8', timeout: 60_000 });
  if (status === 0) return undefined;
  return error?.message ?? (`${stdout}${stderr}`.trim().split('\n').at(-1) || `exit status ${status}`);
}
