/** A small static server for the built page: the headers it needs, nothing else. */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, resolve, sep } from 'node:path';
import { headersFor } from './security-headers.js';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
};

/**
 * Serves a folder on this computer only. With `port` taken, the next free one of the following ten is used.
 * @param {string} folder
 * @param {number} port
 * @returns {Promise<{ server: import('node:http').Server, address: string }>}
 */
export async function serveFolder(folder, port) {
  const root = resolve(folder);
  const server = createServer((request, response) => {
    answer(root, request, response).catch((error) => {
      response.writeHead(500).end();
      console.error(error);
    });
  });
  const used = await listen(server, port, port + 10);
  return { server, address: `http://localhost:${used}/` };
}

async function listen(server, port, last) {
  for (let each = port; ; each++) {
    try {
      server.listen(each, 'localhost');
      await once(server, 'listening');
      return each;
    } catch (error) {
      if (error.code !== 'EADDRINUSE' || each >= Math.min(last, 65_535)) throw error;
    }
  }
}

async function answer(root, request, response) {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const path = await fileFor(root, pathname);
  if (request.method !== 'GET' && request.method !== 'HEAD') return response.writeHead(405).end();
  if (!path) return response.writeHead(404, headersFor(pathname)).end('Not found');
  const { size } = await stat(path);
  response.writeHead(200, {
    ...headersFor(pathname),
    'Content-Type': types[extname(path)] ?? 'application/octet-stream',
    'Content-Length': size,
    // Built files carry a hash in their name; everything else may change with the next build.
    'Cache-Control': pathname.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
  if (request.method === 'HEAD') return response.end();
  createReadStream(path).pipe(response);
}

/** The file of an address, or null; nothing outside the folder is ever given. */
async function fileFor(root, pathname) {
  let decoded;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  const path = join(root, normalize(decoded.endsWith('/') ? `${decoded}index.html` : decoded));
  if (!path.startsWith(root + sep)) return null;
  const info = await stat(path).catch(() => null);
  return info?.isFile() ? path : null;
}
