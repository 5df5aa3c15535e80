/**
 * Keeps the page itself in the browser, so that it opens without a network, and answers with the headers that a static
 * host does not send. `offline.ts` puts in the list of files, a digest of them and the headers when the page is built.
 * Only the page's own files are touched: models come and go past this.
 */
const files = __FILES__;
const headers = __HEADERS__;
const workerScript = __WORKER_SCRIPT__;
const cachePrefix = 'atelier-';
const cacheName = `${cachePrefix}__VERSION__`;
/** The name of the lock that an open page holds, before the address of its script (`src/ui/offline.ts`). */
const pageLock = 'atelier-page ';

self.addEventListener('install', (event) => {
  event.waitUntil(fill().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(self.clients.claim().then(removeOld));
});

/** A page has opened: the one before it may have been the last of its build. */
self.addEventListener('message', (event) => {
  const { installing, waiting } = self.registration;
  if (!installing && !waiting) event.waitUntil(removeOld());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin || !['GET', 'HEAD'].includes(request.method)) return;
  const isPage = request.mode === 'navigate';
  const found = isPage ? newest(request) : kept(request);
  // Only a page or a worker has a policy; what they load goes through as it is.
  const hasPolicy = isPage || request.destination === 'worker';
  event.respondWith(hasPolicy ? found.then((response) => withHeaders(response, url.pathname)) : found);
});

async function fill() {
  const cache = await caches.open(cacheName);
  // What the browser's own cache holds may be of an older build.
  await cache.addAll(files.map((path) => new Request(path, { cache: 'reload' })));
}

/** The files of an earlier build stay while one of its pages is open: it has yet to load what it has not shown. */
async function removeOld() {
  const { held } = await navigator.locks.query();
  const pages = held.flatMap(({ name }) => (name.startsWith(pageLock) ? [name.slice(pageLock.length)] : []));
  for (const { name, cache } of await earlierBuilds()) {
    const scripts = await Promise.all(pages.map((script) => cache.match(script)));
    if (!scripts.some(Boolean)) await caches.delete(name);
  }
}

/** The caches of this page's other builds. Another copy of the page on the same server has caches of its own. */
async function earlierBuilds() {
  const names = (await caches.keys()).filter((name) => name.startsWith(cachePrefix) && name !== cacheName);
  const all = await Promise.all(names.map(async (name) => ({ name, cache: await caches.open(name) })));
  const own = await Promise.all(all.map(({ cache }) => cache.match('./')));
  return all.filter((_, index) => own[index]);
}

/** The page as the server has it now, or without a network as it was kept. */
async function newest(request) {
  try {
    // An older page from the browser's own cache would ask for files that are gone.
    return await fetch(request, { cache: 'no-cache' });
  } catch (error) {
    const cached = await (await caches.open(cacheName)).match('./');
    if (cached) return cached;
    throw error;
  }
}

/** What was kept of this build, then of an earlier one, and otherwise the network. */
async function kept(request) {
  const cached = (await keptIn(await caches.open(cacheName), request)) ?? (await keptEarlier(request));
  if (!cached) return fetch(request);
  return request.method === 'HEAD' ? new Response(null, { headers: cached.headers }) : cached;
}

const keptIn = (cache, { url }) => cache.match(url, { ignoreSearch: true, ignoreVary: true });

async function keptEarlier(request) {
  for (const { cache } of await earlierBuilds()) {
    const cached = await keptIn(cache, request);
    if (cached) return cached;
  }
}

/** A policy that the host sends holds beside ours; any other header of the host's is its word. */
function withHeaders(response, pathname) {
  if (response.type !== 'basic' && response.type !== 'default') return response;
  const all = new Headers(response.headers);
  for (const [name, value] of Object.entries(workerScript.test(pathname) ? headers.worker : headers.page)) {
    if (name === 'Content-Security-Policy') all.append(name, value);
    else if (!all.has(name)) all.set(name, value);
  }
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers: all });
}
