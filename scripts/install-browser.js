/** A browser for the tests: the one that is there, Debian's package, or Playwright's download. */
import { spawnSync } from 'node:child_process';
import { aptGetInstall, mayUseApt } from './apt.js';
import { findBrowser } from './browser.js';
import { packageProgram } from './packages.js';
import { runShown } from './progress.js';

/** Where no way works, tried in turn; for the end of a message. */
const byHand =
  'Install Chrome or Chromium (Debian, Ubuntu: sudo apt-get install chromium; otherwise https://www.google.com/chrome), ' +
  'or set ATELIER_BROWSER to the program of one, and run the command again.';

/**
 * Finds a browser that starts, and installs one where there is none. Never ends the process: most tests need no browser.
 * @returns {Promise<{ browser: string, problem?: undefined } | { browser: null, problem: string }>}
 */
export async function installBrowser() {
  const { ATELIER_BROWSER: given } = process.env;
  if (given) return startable(findBrowser()) ?? none(`ATELIER_BROWSER is ${given}, which ${whyNot(findBrowser())}.`);
  const there = startable(findBrowser());
  if (there) return there;
  console.error('The tests need Chrome or Chromium, and there is none that starts. Installing one; once only.');
  if (mayUseApt() && (await aptGetInstall('Installing Chromium (about 250 MB)', ['chromium', 'fonts-noto-cjk']))) {
    const installed = startable(findBrowser());
    if (installed) return installed;
  }
  return (await download()) ?? none(`No browser could be installed. ${whyNoneStarts()}`);
}

/** Playwright's own Chromium, and as root the libraries that it needs. */
async function download() {
  const playwright = (command, label) =>
    runShown(label, packageProgram('@playwright/test/cli.js', command, 'chromium'), { detail: (line) => line });
  const { ok } = await playwright('install', "Downloading Playwright's Chromium (about 170 MB)");
  const browser = findBrowser();
  if (ok && browser && mayUseApt() && !startable(browser)) {
    await playwright('install-deps', 'Installing the libraries of Chromium');
  }
  return startable(browser);
}

const none = (reason) => ({ browser: null, problem: `${reason} ${byHand}` });

const startable = (browser) => (browser && !failureOf(browser) ? { browser } : undefined);

const whyNot = (browser) => (browser ? `does not start: ${failureOf(browser)}` : 'is not there');

function whyNoneStarts() {
  const browser = findBrowser();
  if (!browser) return '';
  const remedy =
    process.platform === 'linux' ? ' Its libraries may be missing: sudo npx playwright install-deps chromium.' : '';
  return `${browser} ${whyNot(browser)}.${remedy}`;
}

/** The last words of a program that is no browser or lacks a library; undefined where it starts. */
function failureOf(browser) {
  // On Windows the question would open a window.
  if (process.platform === 'win32') return undefined;
  const { status, error, stderr, stdout } = spawnSync(browser, ['--version'], { encoding: 'utf8', timeout: 60_000 });
  if (status === 0) return undefined;
  return error?.message ?? (`${stdout}${stderr}`.trim().split('\n').at(-1) || `exit status ${status}`);
}
