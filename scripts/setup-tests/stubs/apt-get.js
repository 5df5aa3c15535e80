#!/usr/bin/env node
// apt-get: puts Chromium or Python in PATH. STUB_APT: offline, stale (only the lists cannot be renewed), fails (shows
// the sources that were added for one call, and ends without installing).
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { giveUp, record } from './record.js';

const args = record('apt-get');
const behaviour = process.env.STUB_APT;
if (behaviour === 'offline' || (behaviour === 'stale' && args.includes('update'))) {
  giveUp('E: Failed to fetch: Temporary failure resolving');
}
if (args.includes('indextargets')) {
  const codename = /^VERSION_CODENAME=(\w+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  console.log(`https://mirror.example/debian/ ${codename}`);
  process.exit(0);
}
const parts = args.find((each) => each.startsWith('Dir::Etc::SourceParts='))?.split('=')[1];
if (behaviour === 'fails') giveUp(readFileSync(join(parts, 'backports.list'), 'utf8'));
console.log('dlstatus:1:50:Retrieving file 1 of 2');
for (const name of ['chromium', 'python3']) {
  if (args.includes(name)) symlinkSync(new URL(`./${name}.js`, import.meta.url), join(process.env.STUB_BIN, name));
}
