/**
 * The headers the page is served with, in one place: the development server, the start script and the built page's
 * own meta tag read them from here.
 */
import { publishing } from './publishing.js';

/** Hosts that a page served as it is may read models from. Hub files come from its content hosts under hf.co. */
const hubHosts = ['https://huggingface.co', 'https://*.hf.co', 'https://*.huggingface.co'];
/** Where the Hub has large files put that are published. Named only where publishing is built in. */
const uploadHosts = ['https://hf-hub-lfs-us-east-1.s3-accelerate.amazonaws.com'];
/** A mirror on this computer, such as the one the tests use. */
const localHosts = ['http://localhost:*', 'http://127.0.0.1:*'];

/**
 * @param {string | undefined} extra `ATELIER_HUB`: more Hub-compatible endpoints, separated by blanks or commas.
 * @returns {string[]} The sources that the page may connect to, beside itself.
 */
export function connectSources(extra = process.env.ATELIER_HUB) {
  const more = (extra ?? '').split(/[\s,]+/).filter(Boolean);
  const uploads = publishing() ? uploadHosts : [];
  return [...hubHosts, ...uploads, ...localHosts, ...more.map((address) => new URL(address).origin)];
}

/**
 * The page's policy: no inline script, no eval beyond WebAssembly's, no frame, no plug-in, no text that
 * becomes script (Trusted Types; `trusted-scripts.ts` says what may). Styles may be inline: Mantine
 * sets some as attributes.
 */
export function contentSecurityPolicy() {
  return policy("'self' 'wasm-unsafe-eval'", "'self'");
}

/**
 * The worker's policy, which is that of its own response. TensorFlow.js starts the threads of its wasm backend from
 * `blob:` scripts; the page itself never may.
 */
export function workerSecurityPolicy() {
  return policy("'self' 'wasm-unsafe-eval'", "'self' blob:");
}

function policy(scripts, workers) {
  return [
    "default-src 'self'",
    `script-src ${scripts}`,
    `worker-src ${workers}`,
    `connect-src 'self' ${connectSources().join(' ')}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types default',
  ].join('; ');
}

/** What makes SharedArrayBuffer, and with it wasm threads, available. */
export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** The path of the worker's script, below whatever path the page is served. */
export const workerScript = /\/assets\/worker-[^/]*\.js$/;

/**
 * Everything that the file at an address carries. `frame-ancestors` works in a header only.
 * @param {string} pathname
 * @param {string | undefined} framedBy `ATELIER_FRAMED_BY`: the sites, separated by blanks, that may show the page in a
 * frame; none otherwise.
 */
export function headersFor(pathname, framedBy = process.env.ATELIER_FRAMED_BY) {
  const frames = framedBy
    ?.trim()
    .split(/\s+/)
    .map((address) => new URL(address).origin);
  const ofWorker = workerScript.test(pathname);
  return {
    ...isolationHeaders,
    'Content-Security-Policy': `${ofWorker ? workerSecurityPolicy() : contentSecurityPolicy()}; frame-ancestors ${frames?.join(' ') ?? "'none'"}`,
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
}
