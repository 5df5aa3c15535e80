import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { AppError } from '../errors.ts';
import type { TokeniseAnswer, TokeniseThread } from '../training/session/tokenise.ts';

const script = fileURLToPath(new URL('tokenise-process.ts', import.meta.url));

/** A process of its own to tokenise in; threads of Node would not read TypeScript. */
export function tokeniseProcess(): TokeniseThread {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const child = fork(script, { serialization: 'advanced', execArgv: ['--import', loader] });
  const broken = new Promise<never>((_, reject) => {
    const fail = (reason: string) => reject(new AppError('internal', { reason: `tokenising stopped: ${reason}` }));
    child.on('error', ({ message }) => fail(message));
    child.on('exit', (code, signal) => fail(`it ended with ${code ?? signal}`));
  });
  // It also ends when it is closed, and then nobody waits.
  broken.catch(() => {});
  return {
    send: (request) => child.send(request),
    answer: () => Promise.race([once(child, 'message').then(([answer]) => answer as TokeniseAnswer), broken]),
    close: () => child.kill(),
  };
}
