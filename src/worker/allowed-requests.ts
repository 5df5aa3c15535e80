import { AppError } from '../errors.ts';
import { mayConnect } from './may-connect.ts';

/** What of a worker's global scope talks to servers. */
export interface Requesting {
  fetch: typeof fetch;
  readonly XMLHttpRequest: { readonly prototype: XMLHttpRequest };
  readonly location: { readonly href: string };
}

/** Other ways to a server, which nothing here uses. */
const unusedWays = ['WebSocket', 'WebSocketStream', 'EventSource', 'WebTransport'];

/**
 * Refuses requests to servers that the page's policy does not name. A worker has the policy of its own script's
 * response, and a plain static host sends none: until the service worker answers in its place, this is what holds.
 * A redirect is followed by the browser unseen; where one was followed to such a server, its answer is not used.
 */
export function allowRequests(scope: Requesting, may: (address: string) => boolean = mayConnect): void {
  const addressOf = (to: string | URL) => new URL(to, scope.location.href).href;
  const require = (address: string) => {
    if (!may(address)) throw new AppError('host-refused', { host: new URL(address).host });
  };
  const { fetch } = scope;
  scope.fetch = async (input, init) => {
    require(addressOf(input instanceof Request ? input.url : input));
    const response = await fetch.call(scope, input, init);
    if (response.redirected) require(response.url);
    return response;
  };
  const { prototype } = scope.XMLHttpRequest;
  const { open } = prototype;
  prototype.open = function (this: XMLHttpRequest, method: string, url: string | URL, ...rest: [boolean?]) {
    require(addressOf(url));
    open.call(this, method, url, ...(rest as [boolean]));
  };
  for (const way of unusedWays) Reflect.deleteProperty(scope, way);
}
