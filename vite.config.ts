import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { licences } from './scripts/licences.ts';
import { offline } from './scripts/offline.ts';
// @ts-expect-error a plain script shared with `npm start`, which runs before anything is built
import { builtFolder, publishing } from './scripts/publishing.js';
// @ts-expect-error a plain script shared with `npm start`, which runs before anything is built
import { connectSources, contentSecurityPolicy, headersFor, isolationHeaders } from './scripts/security-headers.js';
import { wasmThreads } from './src/tfjs/wasm-threads-plugin.ts';

/** The built page carries its policy itself, so that any static host serves it safely. */
const policyInPage: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy() },
      injectTo: 'head-prepend',
    },
  ],
};

/** `vite preview` serves the built page with the headers that `npm start` serves it with. */
const headersInPreview: Plugin = {
  name: 'security-headers',
  configurePreviewServer({ middlewares }) {
    middlewares.use((request, response, next) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      response.setHeaders(new Map(Object.entries(headersFor(pathname) as Record<string, string>)));
      next();
    });
  },
};

const { ofPage, ofWorker } = licences();

export default defineConfig({
  base: './',
  plugins: [react(), policyInPage, headersInPreview, wasmThreads(), ofPage(), offline()],
  define: {
    __CONNECT_SOURCES__: JSON.stringify(connectSources()),
    __PUBLISHING__: JSON.stringify(publishing()),
  },
  resolve: {
    alias: [
      {
        find: /^onnxruntime-(web|common)(\/.*)?$/,
        replacement: fileURLToPath(new URL('./src/text/onnxruntime-stub.ts', import.meta.url)),
      },
    ],
  },
  worker: { format: 'es', plugins: () => [wasmThreads(), ofWorker()] },
  build: { target: 'es2023', chunkSizeWarningLimit: 2000, outDir: builtFolder() },
  // The development server needs inline scripts for its hot reload; only isolation is the same there.
  server: { headers: isolationHeaders },
});
