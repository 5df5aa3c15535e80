#!/usr/bin/env node
// Python: environments, pip, and the interop check. STUB_PYTHON: old, no-venv, pip-offline, venv-killed, pip-killed.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { giveUp, record } from './record.js';

const behaviour = process.env.STUB_PYTHON;
const [option, ...rest] = process.argv.slice(2);
const folder = dirname(dirname(process.argv[1]));

if (option === '-c') answer(rest[0]);
else {
  record('python3');
  if (rest[0] === 'venv') makeEnvironment(rest.at(-1));
  else if (rest[0] === 'pip') install();
  else console.log('5 passed, 0 failed');
}

/** In the order in which the questions hold one another's words. */
function answer(code) {
  if (code.includes('ensurepip') && behaviour === 'no-venv') giveUp("ModuleNotFoundError: No module named 'ensurepip'");
  if (code.includes('ensurepip')) return console.log(behaviour === 'old' ? 'False' : 'True');
  if (code.includes('version_info')) return console.log(behaviour === 'old' ? '3.9' : '3.13');
  if (code.includes('import pip') && behaviour === 'pip-missing') giveUp("ModuleNotFoundError: No module named 'pip'");
  if (code.includes('torch.__file__')) return console.log('/packages');
  if (code.includes('sysconfig')) return console.log(folder);
  console.log('1');
}

function makeEnvironment(path) {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(join(path, 'bin'), { recursive: true });
  if (behaviour === 'venv-killed') process.kill(process.pid, 'SIGKILL');
  symlinkSync(fileURLToPath(import.meta.url), join(path, 'bin', 'python'));
}

function install() {
  console.log('Downloading torch (200 MB)');
  if (behaviour === 'pip-offline') giveUp('ERROR: Could not find a version that satisfies the requirement');
  if (behaviour === 'pip-killed') process.kill(process.pid, 'SIGKILL');
  writeFileSync(join(folder, 'filled'), '');
}
