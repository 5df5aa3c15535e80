/** The worker that `tokeniseWorker` starts. */
import { type TokeniseRequest, tokeniseRequests } from '../../training/session/tokenise.ts';
import { allowRequests } from '../allowed-requests.ts';

allowRequests(self);
const handle = tokeniseRequests((answer) => postMessage(answer));
addEventListener('message', ({ data }) => handle(data as TokeniseRequest));
