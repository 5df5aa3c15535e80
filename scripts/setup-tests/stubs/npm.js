#!/usr/bin/env node
// npm: installs what package-lock.json names as empty packages. STUB_NPM: offline, killed, forgetful.
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { giveUp, record } from './record.js';

/** Stand-ins for what the packages are run for. */
const programs = {
  vite: { file: 'bin/vite.js', stub: 'vite' },
  typescript: { file: 'bin/tsc', stub: 'typescript', command: 'tsc' },
  vitest: { file: 'vitest.mjs', stub: 'vitest' },
  '@biomejs/biome': { file: 'bin/biome', stub: 'biome' },
  '@playwright/test': { file: 'cli.js', stub: 'playwright' },
};

const args = record('npm');
const behaviour = process.env.STUB_NPM;
const has = (word) => args.includes(word);
if (behaviour === 'offline') giveUp('npm error network getaddrinfo ENOTFOUND');
if (has('ci')) rmSync('node_modules', { recursive: true, force: true });

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const wanted = Object.entries(packages).filter(
  ([path, { dev, peer, optional }]) =>
    path !== '' && !optional && !(dev && has('--omit=dev')) && !(peer && has('--omit=peer')),
);
for (const [path, { link, resolved }] of behaviour === 'forgetful' ? wanted.slice(1) : wanted) {
  if (link) addLink(path, resolved);
  else addPackage(path);
  if (behaviour === 'killed') process.kill(process.pid, 'SIGKILL');
}
writeFileSync(
  join('node_modules', '.package-lock.json'),
  JSON.stringify({ packages: Object.fromEntries(behaviour === 'forgetful' ? wanted.slice(1) : wanted) }),
);

function addPackage(path) {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'package.json'), '{ "type": "module" }');
  const program = programs[path.replace('node_modules/', '')];
  if (program) addProgram(path, program);
}

function addProgram(path, { file, stub, command }) {
  const program = new URL(`./${stub}.js`, import.meta.url);
  mkdirSync(dirname(join(path, file)), { recursive: true });
  writeFileSync(join(path, file), `import '${program.href}';\n`);
  if (!command) return;
  mkdirSync('node_modules/.bin', { recursive: true });
  rmSync(join('node_modules/.bin', command), { force: true });
  symlinkSync(program, join('node_modules/.bin', command));
}

function addLink(path, target) {
  if (existsSync(path)) rmSync(path, { recursive: true });
  symlinkSync(join('..', target), path);
}
