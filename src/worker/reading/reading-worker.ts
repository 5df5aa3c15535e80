/** The worker that `readApart` starts: reads one file and is ended. */
import { seldom } from '../../data/progress.ts';
import { toAppError } from '../../errors.ts';
import { allowRequests } from '../allowed-requests.ts';
import { missingCode } from '../missing-code.ts';
import { trustOwnScripts } from '../trusted-scripts.ts';
import type { FromReader } from './read-apart.ts';
import { type Given, handedOver, type Work, works } from './works.ts';

allowRequests(self);
trustOwnScripts(self, { blobs: true });
const say = (message: FromReader, moved: Transferable[] = []) => postMessage(message, { transfer: moved });

addEventListener('message', async ({ data }) => {
  const { work, given } = data as { work: Work; given: Given<Work> };
  try {
    const read = await works[work]();
    say({ begun: true });
    const made = await read(
      given as never,
      seldom((done, total) => say({ done, total })),
    );
    say({ made }, handedOver[work]?.(made as never));
  } catch (thrown) {
    const { code, params, cause } = toAppError(missingCode(thrown) ?? thrown);
    if (code === 'internal') console.error(cause);
    say({ failed: { code, params } });
  }
});
