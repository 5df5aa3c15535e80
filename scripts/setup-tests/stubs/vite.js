// Vite: a page of one line. STUB_VITE: killed (half-way).
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { record } from './record.js';

record('vite');
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
writeFileSync('dist/index.html', 'half');
if (process.env.STUB_VITE === 'killed') process.kill(process.pid, 'SIGKILL');
writeFileSync('dist/index.html', 'the page');
