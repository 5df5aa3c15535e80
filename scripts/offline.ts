import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin, ResolvedConfig } from 'vite';
// @ts-expect-error a plain script shared with `npm start`, which runs before anything is built
import { headersFor, workerScript } from './security-headers.js';

const worker = 'service-worker.js';
// Beside this file, whatever page is built.
const workerPath = fileURLToPath(new URL(worker, import.meta.url));

/** Writes the service worker of the built page, with the list of all its files and the headers they carry. */
export function offline(): Plugin {
  let config: ResolvedConfig;
  return {
    name: 'offline',
    apply: 'build',
    configResolved(resolved) {
      config = resolved;
    },
    closeBundle() {
      if (config.build.ssr) return;
      const folder = resolve(config.root, config.build.outDir);
      const text = readFileSync(workerPath, 'utf8');
      writeFileSync(join(folder, worker), fillIn(text, folder));
    },
  };
}

function fillIn(text: string, folder: string): string {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== worker && !entry.name.startsWith('.'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
  const headers = JSON.stringify({ page: headersFor('/'), worker: headersFor('/assets/worker-.js') });
  const hash = createHash('sha256').update(text).update(headers);
  for (const path of paths) hash.update(path).update(readFileSync(join(folder, path)));
  // A static host gives its index for the folder, which is what a visitor opens.
  const files = paths.map((path) => (path === 'index.html' ? './' : `./${path}`));
  return text
    .replace('__FILES__', JSON.stringify(files))
    .replace('__HEADERS__', () => headers)
    .replace('__WORKER_SCRIPT__', () => String(workerScript))
    .replace('__VERSION__', hash.digest('hex').slice(0, 16));
}
