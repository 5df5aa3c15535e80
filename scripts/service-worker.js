/**
 * Keeps the page itself in the browser, so that it opens without a network. `offline.ts` puts in the list of files and
 * a digest of them when the page is built. Only the page's own files are touched: models come and go past this.
 */
const files = __FILES__;
const cacheName = 'atelier-__VERSION__';

self.addEventListener('install', (event) => {
  event.waitUntil(fill().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(removeOld().then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin || !['GET', 'HEAD'].includes(request.method)) return;
  event.respondWith(request.mode === 'navigate' ? newest(request) : kept(request));
});

async function fill() {
  const cache = await caches.open(cacheName);
  // What the browser's own cache holds may be of an older build.
  await cache.addAll(files.map((path) => new Request(path, { cache: 'reload' })));
}

async function removeOld() {
  for (const name of await caches.keys())
    if (name.startsWith('atelier-') && name !== cacheName) await caches.delete(name);
}

/** The page as the server has it now, or without a network as it was kept. */
async function newest(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const cached = await (await caches.open(cacheName)).match('./');
    if (cached) return cached;
    throw error;
  }
}

/** What was kept, and otherwise the network. */
async function kept(request) {
  const cached = await (await caches.open(cacheName)).match(request.url, { ignoreSearch: true, ignoreVary: true });
  if (!cached) return fetch(request);
  return request.method === 'HEAD' ? new Response(null, { headers: cached.headers }) : cached;
}
