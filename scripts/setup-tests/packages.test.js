import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { makeMachine } from './machine.js';

/** `npm run types` needs everything and runs one program. */
const everything = 'types';
/** `npm run studio` would run a program that the stand-ins lack; what it installs is what counts. */
const commandLine = 'studio';

let machine;
beforeEach(() => {
  machine = makeMachine();
});
afterEach(() => machine.remove());

const start = (options) =>
  machine.runUntil('start', 'Atelier is at', { args: ['--no-open', '--port', '4801'], ...options });
async function startAndEnd(options) {
  const started = await start(options);
  started.end();
}
const npmCalls = () => machine.calls().filter((call) => call.startsWith('npm'));
const isThere = (name) => existsSync(join(machine.project, 'node_modules', name, 'package.json'));

test('npm start brings the packages of the page alone, and nothing more the next time', async () => {
  await startAndEnd();
  assert.deepEqual(npmCalls(), ['npm ci --omit=dev --omit=peer --legacy-peer-deps=false']);
  assert.deepEqual(['react', 'webgpu', 'vitest'].map(isThere), [true, false, false]);
  await startAndEnd();
  assert.deepEqual(npmCalls(), []);
});

test('the command line and the tests add their packages to those of the page', async () => {
  await startAndEnd();
  machine.calls();
  machine.run(commandLine);
  assert.deepEqual(npmCalls(), ['npm install --no-save --omit=dev --include=peer --legacy-peer-deps=false']);
  const { status, stderr } = machine.run(everything);
  assert.equal(status, 0, stderr);
  assert.deepEqual(npmCalls(), ['npm install --no-save --include=dev --include=peer --legacy-peer-deps=false']);
  assert.match(stderr, /Packages to install from npm: 3, about \d+ MB on disk; once only/);
  assert.match(stderr, /Installing packages: done, \d+ s/);
});

test('what the tests installed serves npm start and the command line', async () => {
  machine.run(everything);
  machine.calls();
  machine.run(commandLine);
  await startAndEnd();
  assert.deepEqual(npmCalls(), []);
});

test('after a pull with other versions, npm start renews what is there and takes nothing away', async () => {
  machine.run(everything);
  machine.calls();
  machine.writeLock({ 'node_modules/react': { version: '19.0.1' } });
  await startAndEnd();
  assert.deepEqual(npmCalls(), ['npm install --no-save --include=dev --include=peer --legacy-peer-deps=false']);
  assert.ok(isThere('vitest'));
});

test('a package that has become a link of the project is replaced', async () => {
  machine.writeLock({ 'node_modules/onnxruntime-web': {} });
  await startAndEnd();
  machine.calls();
  machine.writeLock();
  await startAndEnd();
  assert.equal(npmCalls().length, 1);
});

test('what an interruption left half-made is made anew', async () => {
  assert.equal(machine.run('start', { env: { STUB_NPM: 'killed' } }).status, 1);
  machine.calls();
  await startAndEnd();
  assert.match(npmCalls()[0], /^npm ci /);
  // Interrupted while packages are added: npm's own list is that of before.
  assert.equal(machine.run(everything, { env: { STUB_NPM: 'killed' } }).status, 1);
  machine.calls();
  assert.equal(machine.run(everything).status, 0);
  assert.match(npmCalls()[0], /^npm ci /);
});

test('without a network the message says so, names the command, and leaves what is there', async () => {
  const first = machine.run('start', { env: { STUB_NPM: 'offline' } });
  assert.equal(first.status, 1);
  assert.match(first.stderr, /ENOTFOUND.*needs a network.*280 MB of disk.*run `npm start` again/s);
  await startAndEnd();
  const second = machine.run('test', { env: { STUB_NPM: 'offline' } });
  assert.match(second.stderr, /run `npm test` again/);
  assert.equal(second.status, 1);
  machine.calls();
  await startAndEnd({ env: { STUB_NPM: 'offline' } });
  assert.deepEqual(npmCalls(), []);
});

test('an npm that says nothing and installs too little is noticed', () => {
  const { status, stderr } = machine.run('start', { env: { STUB_NPM: 'forgetful' } });
  assert.equal(status, 1);
  assert.match(stderr, /npm did not install node_modules\/react/);
});

test('a machine without npm is told where it comes from', () => {
  machine.removeProgram('npm');
  const { status, stderr } = machine.run('start');
  assert.equal(status, 1);
  assert.match(stderr, /npm was not found.*comes with Node/s);
});

test('on Windows npm is started by a shell, or as a script of Node where npm started the command', () => {
  machine.addProgram('cmd', 'open-address');
  const windows = { platform: 'win32', env: { comspec: 'cmd' } };
  machine.run('start', windows);
  assert.match(machine.calls()[0], /^cmd \/d \/s \/c "npm ci --omit=dev/);
  const own = join(machine.bin, 'npm-cli.js');
  writeFileSync(own, '');
  machine.run('start', { ...windows, env: { ...windows.env, npm_execpath: own } });
  assert.deepEqual(machine.calls(), []);
});

test('an old Node is told which is needed, whatever the command', () => {
  mkdirSync(join(machine.project, 'node_modules'));
  for (const node of ['12.22.12', '18.20.8', '20.18.3', '21.7.3', '22.11.0']) {
    for (const name of ['start', 'test', 'studio', 'test:interop']) {
      const { status, stderr } = machine.run(name, { node });
      assert.equal(status, 1);
      assert.match(stderr, new RegExp(`needs Node 20.19 or newer.*this is Node ${node}`));
    }
  }
  assert.deepEqual(machine.calls(), []);
});
