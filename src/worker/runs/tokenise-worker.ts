/** The worker that `tokeniseWorker` starts. */
import { buffersOf } from '../../data/built-rows.ts';
import { type TokeniseRequest, tokeniseRequests } from '../../training/session/tokenise.ts';
import { allowRequests } from '../allowed-requests.ts';

allowRequests(self);
const handle = tokeniseRequests((answer) =>
  postMessage(answer, { transfer: 'piece' in answer ? buffersOf(answer.piece) : [] }),
);
addEventListener('message', ({ data }) => handle(data as TokeniseRequest));
