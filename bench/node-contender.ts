import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { RemoteContender } from './remote.ts';

/** Bundles for machines without a network are plain JavaScript. */
const bundled = import.meta.url.endsWith('.js');
const program = fileURLToPath(new URL(bundled ? 'node-process.js' : 'node-process.ts', import.meta.url));

/** A contender in a Node process of its own, which ends with this one. */
export function connectProcess(): RemoteContender {
  // Typed arrays stay what they are only with `advanced`.
  const child = fork(program, [], { execArgv: bundled ? [] : ['--import', 'tsx'], serialization: 'advanced' });
  const remote = new RemoteContender({
    send: (message) => void child.send(message as object),
    receive: (onMessage) => void child.on('message', onMessage as (message: unknown) => void),
    close: () => void child.kill(),
  });
  child.on('exit', (code, signal) => remote.fail(`its process ended with ${signal ?? code}`));
  process.on('exit', () => child.kill());
  return remote;
}
