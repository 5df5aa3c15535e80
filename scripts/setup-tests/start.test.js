import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { makeMachine } from './machine.js';

let machine;
beforeEach(() => {
  machine = makeMachine();
});
afterEach(() => machine.remove());

const port = 4821;
const start = (options) => machine.runUntil('start', 'Atelier is at', { args: ['--port', port], ...options });
const builds = () => machine.calls().filter((call) => call.startsWith('vite')).length;

test('the page is built once and served at the address that is printed', async () => {
  const { output, end } = await start();
  const address = /http:\S+/.exec(output)[0];
  assert.equal(await (await fetch(address)).text(), 'the page');
  end();
  assert.equal(builds(), 1);
  (await start()).end();
  assert.equal(builds(), 0);
});

test('a page that a build left half-made is built again', async () => {
  const { status, stderr } = machine.run('start', { env: { STUB_VITE: 'killed' } });
  assert.equal(status, 1);
  assert.match(stderr, /could not be built/);
  const { output, end } = await start();
  assert.equal(await (await fetch(/http:\S+/.exec(output)[0])).text(), 'the page');
  end();
});

test('with its port taken the page is served at the next, and with ten taken the message says what to do', async () => {
  const taken = await Promise.all([...Array(11).keys()].map((more) => occupy(port + more)));
  const { status, stderr } = machine.run('start', { args: ['--port', port] });
  assert.equal(status, 1);
  assert.match(stderr, /The ports 4821 to 4831 are taken\. Choose another: npm start -- --port 5173/);
  taken.pop().close();
  const { output, end } = await start();
  assert.match(output, /http:\/\/localhost:4831\//);
  end();
  for (const server of taken) server.close();
});

test('a port that is no number is said', () => {
  const { status, stderr } = machine.run('start', { args: ['--port', 'abc'] });
  assert.equal(status, 1);
  assert.match(stderr, /--port needs a number from 1 to 65535.*found abc/s);
});

test('an argument that npm start does not take is said, and --port=NUMBER is taken', async () => {
  // npm keeps what stands before two dashes, and hands on the number alone.
  for (const args of [['4821'], ['--prot', '4821'], ['--port']]) {
    const { status, stderr } = machine.run('start', { args });
    assert.equal(status, 1);
    assert.match(stderr, /npm start -- --port 5173/);
  }
  const { output, end } = await machine.runUntil('start', 'Atelier is at', { args: [`--port=${port}`] });
  assert.match(output, new RegExp(`localhost:${port}/`));
  end();
});

const systems = [
  { name: 'Linux with a desktop', platform: 'linux', program: 'xdg-open', env: { DISPLAY: ':0' }, call: 'xdg-open' },
  { name: 'macOS', platform: 'darwin', program: 'open', env: {}, call: 'open' },
  // npm_execpath spares this machine a shell of Windows.
  { name: 'Windows', platform: 'win32', program: 'cmd', env: {}, call: 'cmd /c start ' },
];
for (const { name, platform, program, env, call } of systems) {
  test(`on ${name} the address is opened`, async () => {
    await (await start()).end();
    machine.addProgram(program, 'open-address');
    const { end } = await start({ platform, env });
    for (let tries = 0; tries < 50 && !machine.calls().includes(`${call} http://localhost:${port}/`); tries++) {
      assert.ok(tries < 49, `${call} was not called`);
      await wait(100);
    }
    end();
  });
}

test('without a display, or without a program that opens addresses, the page is served all the same', async () => {
  machine.addProgram('xdg-open', 'open-address');
  const { end } = await start();
  await wait(300);
  end();
  assert.deepEqual(
    machine.calls().filter((call) => call.startsWith('xdg-open')),
    [],
  );
  machine.removeProgram('xdg-open');
  (await start({ env: { DISPLAY: ':0' } })).end();
});

async function occupy(number) {
  const server = createServer().listen(number, 'localhost');
  await once(server, 'listening');
  return server;
}
