/**
 * `npm start`: installs what is missing, builds what changed, serves the page on this computer, prints its address and
 * opens a browser where there is a display.
 *
 *   npm start -- --port 5173 --no-open
 *   ATELIER_HUB=https://mirror.example npm start      lets the page read models from that server too
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages, requireNode } from './packages.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const argv = process.argv.slice(2);
const portAt = argv.indexOf('--port');
const port = portAt >= 0 ? Number(argv[portAt + 1]) : 4173;

requireNode();
installPackages(root);
const { buildPage } = await import('./build.js');
buildPage(root);
const { serveFolder } = await import('./serve.js');
const { address } = await serveFolder(join(root, 'dist'), port);
console.log(`Atelier is at ${address}  (Ctrl+C stops it)`);
if (!argv.includes('--no-open')) openBrowser(address);

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
