import assert from 'node:assert/strict';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { makeMachine } from './machine.js';

let machine;
beforeEach(() => {
  machine = makeMachine();
});
afterEach(() => machine.remove());

const downloaded = () => join(machine.cache, 'chromium-1234', 'chrome-linux64', 'chrome');
const callsOf = (name) => machine.calls().filter((call) => call.startsWith(name));

/** 1 for types, 1 for lint, 30 unit tests, 7 browser tests. */
const allPassed = '40 passed, 0 failed';

test('a browser that is there is used, and nothing is installed', () => {
  machine.addProgram('chromium');
  machine.addProgram('apt-get');
  const { status, lastLine } = machine.run('test', { user: 0 });
  assert.deepEqual([status, lastLine], [0, allPassed]);
  const calls = machine.calls();
  assert.ok(!calls.some((call) => /apt-get|playwright.* install/.test(call)), calls.join('\n'));
  assert.ok(calls.includes(`playwright with ${join(machine.bin, 'chromium')} test`));
});

test('as root on Debian the browser comes from apt-get', () => {
  machine.addProgram('apt-get');
  const { status, stderr, lastLine } = machine.run('test', { user: 0 });
  assert.deepEqual([status, lastLine], [0, allPassed], stderr);
  assert.match(stderr, /Installing Chromium[^\n]*MB.*Installing Chromium[^\n]*: done/s);
  const calls = machine.calls();
  assert.ok(calls.some((call) => /^apt-get .* install -y --no-install-recommends chromium fonts-noto-cjk$/.test(call)));
  assert.ok(calls.includes(`playwright with ${join(machine.bin, 'chromium')} test`));
});

test('lists of packages that cannot be renewed do not end the attempt', () => {
  machine.addProgram('apt-get');
  assert.equal(machine.run('test', { user: 0, env: { STUB_APT: 'stale' } }).lastLine, allPassed);
});

test('without root, or without apt-get, the browser is downloaded by Playwright', () => {
  machine.addProgram('apt-get');
  const { status, stderr, lastLine } = machine.run('test', { user: 1000 });
  assert.deepEqual([status, lastLine], [0, allPassed], stderr);
  assert.match(stderr, /Downloading Playwright's Chromium \(about \d+ MB\)/);
  const calls = machine.calls();
  assert.ok(!calls.some((call) => call.startsWith('apt-get')));
  assert.ok(calls.includes('playwright install chromium'));
  assert.ok(calls.includes(`playwright with ${downloaded()} test`));
  machine.run('test', { user: 1000 });
  assert.deepEqual(callsOf('playwright install'), []);
});

test('where apt-get fails, the browser is downloaded by Playwright', () => {
  machine.addProgram('apt-get');
  const { lastLine } = machine.run('test', { user: 0, env: { STUB_APT: 'offline' } });
  assert.equal(lastLine, allPassed);
  assert.ok(machine.calls().includes(`playwright with ${downloaded()} test`));
});

test('without a network the other tests run, and the browser tests count as failed and say why', () => {
  machine.addProgram('apt-get');
  for (const user of [0, 1000]) {
    const env = { STUB_APT: 'offline', STUB_PLAYWRIGHT: 'offline' };
    const { status, stdout, stderr, lastLine } = machine.run('test', { user, env });
    assert.deepEqual([status, lastLine], [1, '33 passed, 1 failed']);
    assert.match(stderr, /Download failed/);
    assert.match(stdout, /Browser tests +0 passed, 1 failed +\(did not run: counted as failed\)/);
    assert.match(stdout, /No browser could be installed\..*sudo apt-get install chromium.*ATELIER_BROWSER/s);
    const calls = machine.calls();
    assert.ok(['tsc', 'biome', 'vitest'].every((name) => calls.some((call) => call.startsWith(name))));
    assert.ok(!calls.some((call) => /^playwright.* test/.test(call)));
  }
});

test('without the browser tests, a missing browser fails nothing by itself', () => {
  const { status, lastLine } = machine.run('test', { args: ['--no-e2e'], env: { STUB_PLAYWRIGHT: 'offline' } });
  assert.deepEqual([status, lastLine], [0, '33 passed, 0 failed']);
});

test('a download that broke off is no browser', () => {
  const { lastLine } = machine.run('test', { env: { STUB_PLAYWRIGHT: 'half' } });
  assert.ok(existsSync(downloaded()));
  assert.equal(lastLine, '33 passed, 1 failed');
});

test('libraries that the download lacks are installed as root, and named to others', () => {
  const env = { STUB_PLAYWRIGHT: 'without-libraries' };
  const refused = machine.run('test', { user: 1000, env });
  assert.equal(refused.lastLine, '33 passed, 1 failed');
  assert.match(refused.stdout, /does not start: [^\n]*libnss3\.so[^\n]*sudo npx playwright install-deps chromium/);
  machine.addProgram('apt-get');
  const { lastLine, stderr } = machine.run('test', { user: 0, env: { ...env, STUB_APT: 'offline' } });
  assert.equal(lastLine, allPassed, stderr);
});

test('a program that is named chromium and does not start is no browser', () => {
  // Ubuntu without snap has one.
  const program = join(machine.bin, 'chromium-browser');
  writeFileSync(program, '#!/bin/sh\necho install it with snap\nexit 1\n');
  chmodSync(program, 0o755);
  const { status, lastLine } = machine.run('test', { user: 1000 });
  assert.deepEqual([status, lastLine], [0, allPassed]);
  assert.ok(machine.calls().includes(`playwright with ${downloaded()} test`));
});

test('ATELIER_BROWSER that names no program is said, and nothing is installed in its place', () => {
  const { status, stdout } = machine.run('test', { env: { ATELIER_BROWSER: '/nowhere/chrome' } });
  assert.equal(status, 1);
  assert.match(stdout, /ATELIER_BROWSER is \/nowhere\/chrome, which is not there/);
  assert.deepEqual(callsOf('playwright install'), []);
});
