import { AppError, because } from '../errors.ts';
import { stalled } from './hub-body.ts';
import { anySignal, patienceOf, retryAfterSeconds, type Waiting } from './hub-patience.ts';

export const defaultEndpoint = 'https://huggingface.co';

/** How to reach a Hub. The token stays in memory: it is sent to the endpoint and stored nowhere. */
export interface HubAccess extends Waiting {
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
 * A fetch that adds the token and turns every failure into an AppError: `hub-offline`, `hub-stalled` (no answer in time),
 * `hub-unauthorized`, `hub-forbidden`, `hub-not-found`, `file-missing` (a 404 for a file), `hub-failed` with the status,
 * `hub-answer-wrong` for a web page in place of a file, or an answer that came unencrypted. An abort is passed on as it is.
 */
export function hubFetch(access: HubAccess, subject: Subject): typeof fetch {
  const endpoint = new URL(endpointOf(access));
  const { host } = endpoint;
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    const url = new URL(input instanceof Request ? input.url : input);
    // The next page of a list may be named by the server: the token goes nowhere but to the endpoint.
    if (access.token && url.origin === endpoint.origin) headers.set('authorization', `Bearer ${access.token}`);
    const stopped = anySignal(init?.signal, access.signal?.());
    const response = await answerInTime(access, host, stopped, (signal) => {
      // Called by itself: a browser's fetch refuses to be a method of another object.
      const { fetch } = access;
      return fetch(input, { ...init, headers, signal });
    });
    const wrong = refusal(response, endpoint, subject);
    if (!wrong) return response;
    void response.body?.cancel().catch(() => undefined);
    throw wrong;
  };
}

/**
 * The head of an answer.
 * @throws AppError `hub-offline`, `hub-stalled`; the reason of `stopped`
 */
export async function answerInTime(
  waiting: Waiting,
  host: string,
  stopped: AbortSignal | undefined,
  ask: (signal: AbortSignal) => Promise<Response>,
): Promise<Response> {
  const { stallMs } = patienceOf(waiting);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), stallMs);
  try {
    return await ask(anySignal(late.signal, stopped)!);
  } catch (cause) {
    if (stopped?.aborted) throw stopped.reason;
    if (late.signal.aborted) throw stalled(host, stallMs);
    throw new AppError('hub-offline', { host }, { cause });
  } finally {
    clearTimeout(timer);
  }
}

function refusal(response: Response, endpoint: URL, subject: Subject): AppError | null {
  const { host } = endpoint;
  if (!response.ok) return statusError(response, host, subject);
  const file = subject.file ?? subject.model;
  // Node follows a way from https to http, which browsers do not.
  if (endpoint.protocol === 'https:' && response.url.startsWith('http:'))
    return new AppError('hub-answer-wrong', { host, file, reason: because`it came without encryption` });
  const isPage = /^\s*text\/html\b/i.test(response.headers.get('content-type') ?? '');
  if (isPage && !/\.html?$/i.test(file))
    return new AppError('hub-answer-wrong', { host, file, reason: because`it is a web page` });
  return null;
}

function statusError(response: Response, host: string, { model, revision, file }: Subject): AppError {
  const { status } = response;
  // The Hub answers 401 for a model that does not exist, lest its absence give a private one away.
  const unknown = response.headers.get('x-error-code') === 'RepoNotFound';
  if (status === 401 && !unknown) return new AppError('hub-unauthorized', { host, model });
  if (status === 403) return new AppError('hub-forbidden', { host, model });
  if (status === 404 && file !== undefined) return new AppError('file-missing', { file });
  if (status === 404 || status === 401) return new AppError('hub-not-found', { host, model, revision });
  const retryAfter = retryAfterSeconds(response.headers.get('retry-after'));
  return new AppError('hub-failed', { host, status, file: file ?? model, retryAfter });
}
