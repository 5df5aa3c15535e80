/**
 * The headers the page is served with, in one place: the development server, the start script and the built page's
 * own meta tag read them from here.
 */

/** Hosts that a page served as it is may read models from. Hub files come from its content hosts under hf.co. */
const hubHosts = ['https://huggingface.co', 'https://*.hf.co', 'https://*.huggingface.co'];
/** A mirror on this computer, such as the one the tests use. */
const localHosts = ['http://localhost:*', 'http://127.0.0.1:*'];

/**
 * @param {string | undefined} extra `ATELIER_HUB`: more Hub-compatible endpoints, separated by blanks or commas.
 * @returns {string[]} The sources that the page may connect to, beside itself.
 */
export function connectSources(extra = process.env.ATELIER_HUB) {
  const more = (extra ?? '').split(/[\s,]+/).filter(Boolean);
  return [...hubHosts, ...localHosts, ...more.map((address) => new URL(address).origin)];
}

/**
 * No inline script, no eval beyond WebAssembly's, no frame, no plug-in. Styles may be inline: Mantine sets some as
 * attributes. `blob:` workers are the threads of TensorFlow.js's wasm backend.
 * @param {string[]} connect
 */
export function contentSecurityPolicy(connect = connectSources()) {
  return [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self' blob:",
    `connect-src 'self' ${connect.join(' ')}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** What makes SharedArrayBuffer, and with it wasm threads, available. */
export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Everything a served file carries. `frame-ancestors` works in a header only. */
export function allHeaders() {
  return {
    ...isolationHeaders,
    'Content-Security-Policy': `${contentSecurityPolicy()}; frame-ancestors 'none'`,
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
}
