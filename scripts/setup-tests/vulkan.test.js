import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { makeMachine } from './machine.js';

let machine;
beforeEach(() => {
  machine = makeMachine({ programs: ['chromium', 'apt-get', 'apt-cache'] });
  rmSync(join(machine.drivers, 'lvp_icd.json'));
});
afterEach(() => machine.remove());

const installs = () =>
  machine.calls().filter((call) => call.includes('mesa-vulkan-drivers') && call.includes('install'));
const release = readFileSync('/etc/os-release', 'utf8');
const isDebian = /^ID=debian$/m.test(release);

test('as root on a Debian that has Mesa 25 its Vulkan driver is installed', () => {
  const { status, stderr } = machine.run('test', { user: 0, env: { STUB_MESA: '25.0.7-2' } });
  assert.equal(status, 0, stderr);
  const [call, ...more] = installs();
  assert.match(call, /install -y --no-install-recommends mesa-vulkan-drivers libvulkan1$/);
  assert.doesNotMatch(call, /backports/);
  assert.deepEqual(more, []);
});

test('an older Debian takes it from its backports, whose address is that of its other packages', {
  skip: !isDebian,
}, () => {
  const { status, stderr } = machine.run('test', {
    user: 0,
    env: { STUB_MESA: '22.3.6-1+deb12u2', STUB_APT: 'fails' },
  });
  assert.equal(status, 0, stderr);
  const [, codename] = /^VERSION_CODENAME=(\w+)/m.exec(release);
  assert.match(installs()[0], new RegExp(`-t ${codename}-backports`));
  assert.ok(stderr.includes(`] https://mirror.example/debian/ ${codename}-backports main`), stderr);
});

test('without root nothing is installed, and the tests run', () => {
  const { status } = machine.run('test', { user: 1000, env: { STUB_MESA: '25.0.7-2' } });
  assert.equal(status, 0);
  assert.deepEqual(installs(), []);
});

test('where it cannot be installed, the tests run without', () => {
  const { status, stderr } = machine.run('test', { user: 0, env: { STUB_MESA: '25.0.7-2', STUB_APT: 'offline' } });
  assert.equal(status, 0, stderr);
  assert.match(stderr, /kernel tests take about five times as long/);
});
