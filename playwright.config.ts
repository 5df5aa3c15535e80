import { defineConfig, devices } from '@playwright/test';
// @ts-expect-error a plain script shared with `npm test`, which runs before anything is built
import { browserFlags, findBrowser } from './scripts/browser.js';

const port = 4180;

/** Real Chromium with WebGPU on a software adapter; the built page, served as `npm start` serves it. */
export default defineConfig({
  testDir: 'e2e',
  // One software adapter and two cores: tests beside each other would only wait for each other.
  workers: 1,
  // Bounds on time meet a machine that other work shares.
  retries: process.env.CI ? 1 : 0,
  timeout: 300_000,
  expect: { timeout: 30_000 },
  reporter: [['list'], ['json', { outputFile: 'test-results/e2e.json' }]],
  use: {
    ...devices['Desktop Chrome'],
    viewport: { width: 1440, height: 900 },
    baseURL: `http://localhost:${port}/`,
    launchOptions: { executablePath: findBrowser() ?? undefined, args: browserFlags },
    screenshot: 'only-on-failure',
    actionTimeout: 20_000,
  },
  webServer: {
    command: `node scripts/start.js --no-open --port ${port}`,
    url: `http://localhost:${port}/`,
    timeout: 240_000,
    reuseExistingServer: !process.env.CI,
  },
});
