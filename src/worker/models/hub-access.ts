import type { HubAccess } from '../../files/hub-request.ts';
import type { HubPlace } from './messages.ts';

/** A function that may be called by itself, as the file readers do. */
export const fetcher: typeof fetch = (input, init) => fetch(input, init);

export const hubAccess = ({ endpoint, token }: HubPlace): HubAccess => ({
  fetch: fetcher,
  endpoint,
  token,
});
