#!/usr/bin/env node
// apt-get: puts Chromium or Python in PATH. STUB_APT: offline, stale (only the lists cannot be renewed).
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { giveUp, record } from './record.js';

const args = record('apt-get');
const behaviour = process.env.STUB_APT;
if (behaviour === 'offline' || (behaviour === 'stale' && args.includes('update'))) {
  giveUp('E: Failed to fetch: Temporary failure resolving');
}
console.log('dlstatus:1:50:Retrieving file 1 of 2');
for (const name of ['chromium', 'python3']) {
  if (args.includes(name)) symlinkSync(new URL(`./${name}.js`, import.meta.url), join(process.env.STUB_BIN, name));
}
