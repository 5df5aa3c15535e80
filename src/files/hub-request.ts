import { AppError } from '../errors.ts';

export const defaultEndpoint = 'https://huggingface.co';

/** How to reach a Hub. The token stays in memory: it is sent to the endpoint and stored nowhere. */
export interface HubAccess {
  readonly fetch: typeof fetch;
  /** The Hub's address, or that of a server which speaks its paths. */
  readonly endpoint?: string | undefined;
  readonly token?: string | undefined;
}

/** What a request is for, to word its failure. */
export interface Subject {
  readonly model: string;
  readonly revision: string;
  readonly file?: string;
}

/** The Hub's address without a last slash. @throws AppError `hub-offline` for what is no address. */
export function endpointOf({ endpoint }: HubAccess): string {
  const address = (endpoint || defaultEndpoint).replace(/\/+$/, '');
  if (!URL.canParse(address)) throw new AppError('hub-offline', { host: address });
  return address;
}

/**
 * A fetch that adds the token and turns every failure into an AppError: `hub-offline`, `hub-unauthorized`,
 * `hub-forbidden`, `hub-not-found`, `file-missing` (a 404 for a file), `hub-failed` with the status.
 * An abort is passed on as it is.
 */
export function hubFetch(access: HubAccess, subject: Subject): typeof fetch {
  const endpoint = new URL(endpointOf(access));
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    const url = new URL(input instanceof Request ? input.url : input);
    // The next page of a list may be named by the server: the token goes nowhere but to the endpoint.
    if (access.token && url.origin === endpoint.origin) headers.set('authorization', `Bearer ${access.token}`);
    let response: Response;
    try {
      // Called by itself: a browser's fetch refuses to be a method of another object.
      const { fetch } = access;
      response = await fetch(input, { ...init, headers });
    } catch (cause) {
      if (init?.signal?.aborted) throw cause;
      throw new AppError('hub-offline', { host: endpoint.host }, { cause });
    }
    if (!response.ok) throw statusError(response, endpoint.host, subject);
    return response;
  };
}

function statusError(response: Response, host: string, { model, revision, file }: Subject): AppError {
  const { status } = response;
  // The Hub answers 401 for a model that does not exist, lest its absence give a private one away.
  const unknown = response.headers.get('x-error-code') === 'RepoNotFound';
  if (status === 401 && !unknown) return new AppError('hub-unauthorized', { host, model });
  if (status === 403) return new AppError('hub-forbidden', { host, model });
  if (status === 404 && file !== undefined) return new AppError('file-missing', { file });
  if (status === 404 || status === 401) return new AppError('hub-not-found', { host, model, revision });
  return new AppError('hub-failed', { host, status, file: file ?? model });
}

/** Whether trying again may help: the line dropped, or the server is busy or broken for the moment. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  const status = Number(error.params.status);
  return (
    error.code === 'hub-offline' || (error.code === 'hub-failed' && (status >= 500 || status === 429 || status === 408))
  );
}
