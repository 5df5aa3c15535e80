import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
// @ts-expect-error a plain script shared with `npm start`, which runs before anything is built
import { allHeaders, connectSources, contentSecurityPolicy, isolationHeaders } from './scripts/security-headers.js';

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

export default defineConfig({
  base: './',
  plugins: [react(), policyInPage],
  define: { __CONNECT_SOURCES__: JSON.stringify(connectSources()) },
  resolve: {
    alias: [
      {
        find: /^onnxruntime-(web|common)(\/.*)?$/,
        replacement: fileURLToPath(new URL('./src/text/onnxruntime-stub.ts', import.meta.url)),
      },
    ],
  },
  worker: { format: 'es' },
  build: { target: 'es2023', chunkSizeWarningLimit: 2000 },
  // The development server needs inline scripts for its hot reload; only isolation is the same there.
  server: { headers: isolationHeaders },
  preview: { headers: allHeaders() },
});
