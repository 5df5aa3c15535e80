/** A small static server for the built page: the headers it needs, nothing else. */
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { headersFor } from './security-headers.js';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
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
      console.error(error);
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
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
  if (request.method !== 'GET' && request.method !== 'HEAD') return response.writeHead(405).end();
  if (!URL.canParse(request.url, 'http://localhost')) return response.writeHead(400).end();
  const { pathname } = new URL(request.url, 'http://localhost');
  const path = pathOf(root, pathname);
  // Opened before it is looked at: a build may take it away in between.
  const file = path && (await open(path).catch(() => null));
  try {
    const info = await file?.stat();
    if (!info?.isFile()) return response.writeHead(404, headersFor(pathname)).end('Not found');
    response.writeHead(200, {
      ...headersFor(pathname),
      'Content-Type': types[extname(path)] ?? 'application/octet-stream',
      'Content-Length': info.size,
      // Built files carry a hash in their name; everything else may change with the next build.
      'Cache-Control': pathname.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
    if (request.method === 'HEAD') response.end();
    else await send(file, info.size, response);
  } finally {
    await file?.close();
  }
}

/** A browser that goes away in the middle is no error. */
async function send(file, size, response) {
  const bytes = file.createReadStream({ autoClose: false, end: Math.max(0, size - 1) });
  await pipeline(bytes, response).catch((error) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

/** The path of an address, or null; nothing outside the folder is ever given, nor what the build keeps for itself. */
function pathOf(root, pathname) {
  let decoded;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  if (/(^|[/\\])\./.test(decoded) || decoded.includes('\0')) return null;
  const path = join(root, normalize(decoded.endsWith('/') ? `${decoded}index.html` : decoded));
  return path.startsWith(root + sep) ? path : null;
}
