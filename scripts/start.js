/**
 * `npm start`, after the packages were installed: builds what changed, serves the page on this computer, prints its
 * address and opens a browser where there is a display.
 *
 *   npm start -- --port 5173 --no-open
 *   ATELIER_HUB=https://mirror.example npm start      lets the page read models from that server too
 *   ATELIER_PUBLISH=1 npm start                       lets the page publish results to the Hub (docs/serving.md)
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPage } from './build.js';
import { root } from './packages.js';
import { builtFolder } from './publishing.js';
import { serveFolder } from './serve.js';

const options = given();
const port = portOf(options.port);

await buildPage();
const { address } = await serveFolder(join(root, builtFolder()), port).catch(stop);
console.log(`Atelier is at ${address}  (Ctrl+C stops it)`);
if (!options['no-open']) openBrowser(address);

function given() {
  try {
    return parseArgs({ options: { port: { type: 'string', default: '4173' }, 'no-open': { type: 'boolean' } } }).values;
  } catch (error) {
    console.error(`${error.message}\nnpm start takes --port and --no-open, after two dashes: npm start -- --port 5173`);
    process.exit(1);
  }
}

function portOf(text) {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
  console.error(`--port needs a number from 1 to 65535, such as --port 5173; found ${text}.`);
  process.exit(1);
}

function stop(error) {
  const reasons = {
    EADDRINUSE: `The ports ${port} to ${port + 10} are taken. Choose another: npm start -- --port 5173`,
    EACCES: `Port ${port} may not be used by this user. Choose one above 1023: npm start -- --port 5173`,
  };
  console.error(reasons[error.code] ?? `The page could not be served: ${error.message}`);
  process.exit(1);
}

/** Never fails: where no browser can be opened, the address is printed already. */
function openBrowser(url) {
  const { platform, env } = process;
  if (platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY) return;
  const [command, ...rest] =
    platform === 'darwin' ? ['open'] : platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open'];
  const child = spawn(command, [...rest, url], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
