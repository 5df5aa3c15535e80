import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { makeMachine } from './machine.js';

let machine;
beforeEach(() => {
  machine = makeMachine();
});
afterEach(() => machine.remove());

const interop = (options) => machine.run('test:interop', options);
const python = (behaviour, more) => ({ env: { STUB_PYTHON: behaviour, ...more } });
const callsOf = (pattern) => machine.calls().filter((call) => pattern.test(call));

test('the environments are made once and then serve', () => {
  machine.addProgram('python3');
  const first = interop();
  assert.deepEqual([first.status, first.lastLine], [0, '5 passed, 0 failed'], first.stderr);
  assert.match(first.stderr, /Installing torch[^\n]*GB.*: done/s);
  const made = callsOf(/venv|pip install/);
  assert.match(made[0], /-m venv --clear .*\.venv$/);
  assert.match(made[1], /-m pip install .* torch==/);
  assert.equal(interop().status, 0);
  assert.deepEqual(callsOf(/venv|pip/), []);
});

test('without Python the check fails and says what to install', () => {
  const { status, stderr } = interop();
  assert.equal(status, 1);
  assert.match(
    stderr,
    /did not run\. .*needs Python 3\.11 or newer, and there is none.*apt-get install python3 python3-venv/,
  );
});

test('a Python that is too old is named with its version', () => {
  machine.addProgram('python3');
  const { status, stderr } = interop(python('old'));
  assert.equal(status, 1);
  assert.match(stderr, /needs Python 3\.11 or newer; python3 is 3\.9/);
});

test('a newer Python beside an old one is found', () => {
  machine.addProgram('python3.12', 'python3');
  assert.equal(interop().lastLine, '5 passed, 0 failed');
});

test('Debian without python3-venv is told the package', () => {
  machine.addProgram('python3');
  const { status, stderr } = interop(python('no-venv'));
  assert.equal(status, 1);
  assert.match(stderr, /without the modules venv and ensurepip.*python3-venv/s);
});

test('as root on Debian, Python comes from apt-get', () => {
  machine.addProgram('apt-get');
  const { status, lastLine, stderr } = interop({ user: 0 });
  assert.deepEqual([status, lastLine], [0, '5 passed, 0 failed'], stderr);
  assert.ok(callsOf(/^apt-get .*install .*python3 python3-venv$/).length === 1);
});

test('as root without a network it says what to install', () => {
  machine.addProgram('apt-get');
  const { status, stderr } = interop({ user: 0, env: { STUB_APT: 'offline' } });
  assert.equal(status, 1);
  assert.match(stderr, /there is none.*apt-get install python3 python3-venv/s);
});

test('packages that cannot be installed are said, and the next run goes on in the same environment', () => {
  machine.addProgram('python3');
  const { status, stderr } = interop(python('pip-offline'));
  assert.equal(status, 1);
  assert.match(stderr, /Could not find a version.*needs a network/s);
  machine.calls();
  assert.equal(interop().status, 0);
  assert.deepEqual(callsOf(/-m venv .*\.venv$/), []);
});

test('an interruption of pip or of venv is gone on from', () => {
  machine.addProgram('python3');
  assert.equal(interop(python('venv-killed')).status, 1);
  assert.equal(interop(python('pip-killed')).status, 1);
  assert.equal(interop().lastLine, '5 passed, 0 failed');
});

test('an environment whose pip never came is made anew', () => {
  machine.addProgram('python3');
  interop(python('pip-killed'));
  machine.calls();
  interop(python('pip-missing'));
  assert.equal(callsOf(/-m venv --clear .*\.venv$/).length, 1);
});

test('ATELIER_PYTHON is used as it is, and said where it does not start', () => {
  const missing = interop({ env: { ATELIER_PYTHON: '/nowhere/python' } });
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /ATELIER_PYTHON is \/nowhere\/python, which does not start/);
  machine.addProgram('my-python', 'python3');
  assert.equal(interop({ env: { ATELIER_PYTHON: join(machine.bin, 'my-python') } }).lastLine, '5 passed, 0 failed');
});
