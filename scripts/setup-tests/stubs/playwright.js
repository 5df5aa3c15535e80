// Playwright: its tests, its download, and the libraries of what it downloaded. STUB_PLAYWRIGHT: offline, half,
// without-libraries.
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { giveUp, record } from './record.js';

const [command] = record(process.env.ATELIER_BROWSER ? `playwright with ${process.env.ATELIER_BROWSER}` : 'playwright');
const { STUB_PLAYWRIGHT: behaviour, PLAYWRIGHT_BROWSERS_PATH: cache } = process.env;
const browser = join(cache, 'chromium-1234');
const programs = join(browser, 'chrome-linux64');

if (command === 'test')
  writeFileSync('test-results/e2e.json', JSON.stringify({ stats: { expected: 7, flaky: 0 }, suites: [] }));
if (command === 'install') {
  if (behaviour === 'offline') giveUp('Error: Download failed: getaddrinfo ENOTFOUND');
  mkdirSync(programs, { recursive: true });
  const program = join(programs, 'chrome');
  if (!existsSync(program)) symlinkSync(new URL('./chromium.js', import.meta.url), program);
  if (behaviour === 'half') giveUp('Error: Download failed: connection reset');
  writeFileSync(join(browser, 'INSTALLATION_COMPLETE'), '');
  if (behaviour === 'without-libraries') writeFileSync(join(process.env.STUB_BIN, '..', 'lacks-libraries'), '');
}
if (command === 'install-deps') writeFileSync(join(process.env.STUB_BIN, '..', 'libraries'), '');
