/** Where a Chrome or Chromium is on this computer, for tests. */
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

const places = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  win32: ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA']
    .map((name) => process.env[name])
    .filter(Boolean)
    .map((folder) => join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe')),
};

/**
 * Programs that may be a browser, best first: `ATELIER_BROWSER` alone if set, what is installed, what Playwright
 * downloaded.
 * @returns {string[]}
 */
export function findBrowsers() {
  const { ATELIER_BROWSER: given, PATH = '' } = process.env;
  if (given) return existsSync(given) ? [given] : [];
  const installed = [
    ...(places[process.platform] ?? []),
    ...PATH.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name))),
  ];
  return [...installed, ...downloadedBrowsers()].filter((path) => existsSync(path));
}

/** The first of them, or null. `npm test` sets `ATELIER_BROWSER` to the first that starts. */
export const findBrowser = () => findBrowsers()[0] ?? null;

/** Playwright keeps its browsers in one folder of the user's cache; one that is marked is whole. */
function downloadedBrowsers() {
  const caches = {
    darwin: join(homedir(), 'Library', 'Caches', 'ms-playwright'),
    win32: join(process.env.LOCALAPPDATA ?? homedir(), 'ms-playwright'),
  };
  const cache =
    process.env.PLAYWRIGHT_BROWSERS_PATH ??
    caches[process.platform] ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ms-playwright');
  if (!existsSync(cache)) return [];
  const forTesting = 'Google Chrome for Testing';
  const programs = [
    ...['linux64', 'linux-arm64', 'linux'].map((system) => join(`chrome-${system}`, 'chrome')),
    ...['arm64', 'x64'].map((cpu) => join(`chrome-mac-${cpu}`, `${forTesting}.app`, 'Contents', 'MacOS', forTesting)),
    join('chrome-win64', 'chrome.exe'),
  ];
  return readdirSync(cache)
    .filter((name) => /^chromium-\d+$/.test(name) && existsSync(join(cache, name, 'INSTALLATION_COMPLETE')))
    .sort((a, b) => Number(b.slice(9)) - Number(a.slice(9)))
    .flatMap((folder) => programs.map((program) => join(cache, folder, program)));
}

/** What every test browser is started with: WebGPU on a software adapter, and no traffic of the browser's own. */
export const browserFlags = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];
