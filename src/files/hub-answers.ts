import * as v from 'valibot';
import { AppError, because } from '../errors.ts';
import { wholeBody } from './hub-body.ts';
import { anySignal, patienceOf, patiently } from './hub-patience.ts';
import { endpointOf, type HubAccess, hubFetch, type Subject } from './hub-request.ts';
import type { Bytes } from './source.ts';

/** Of one answer of JSON: a page of the Hub's list, of 1,000 files, has some 300 KB. */
const mostAnswerBytes = 16 << 20;
/** Of a list: 200,000 files on the Hub. */
const mostPages = 200;
const attempts = 3;

/**
 * A fetch for the Hub's client, which reads whatever it is given: every answer comes whole, of bounded length, is asked
 * for again where that may help, and a list that names a page again, or never ends, is refused.
 * @throws AppError as `hubFetch`, and `hub-busy`
 */
export function answersFetch(access: HubAccess, subject: Subject): typeof fetch {
  const asked = new Set<string>();
  return async (input, init) => {
    const url = String(input instanceof Request ? input.url : input);
    if (asked.has(url) || asked.size === mostPages) throw wrongAnswer(access, subject, because`its list has no end`);
    asked.add(url);
    let headers = new Headers();
    const body = await patiently(
      async () => {
        const response = await hubFetch(access, subject)(input, init);
        headers = response.headers;
        return boundedBody(response, access, subject, mostAnswerBytes);
      },
      access,
      attempts,
    );
    const link = headers.get('link');
    return new Response(body, { headers: { 'content-type': 'application/json', ...(link ? { link } : {}) } });
  };
}

/** @throws AppError as `wholeBody` */
export function boundedBody(
  response: Response,
  access: HubAccess,
  { file, model }: Subject,
  mostBytes: number,
  signal?: AbortSignal,
): Promise<Bytes> {
  const { stallMs } = patienceOf(access);
  const { host } = new URL(endpointOf(access));
  const stopped = anySignal(signal, access.signal?.());
  return wholeBody(response, { host, file: file ?? model, stallMs, signal: stopped }, mostBytes);
}

export function wrongAnswer(access: HubAccess, { file, model }: Subject, reason: ReturnType<typeof because>): AppError {
  return new AppError('hub-answer-wrong', { host: new URL(endpointOf(access)).host, file: file ?? model, reason });
}

/** What the Hub's client threw: ours passes, all else is an answer that it could not read. */
export function hubError(error: unknown, access: HubAccess, subject: Subject): unknown {
  if (error instanceof AppError || (error instanceof DOMException && error.name === 'AbortError')) return error;
  return wrongAnswer(access, subject, because`it is not the JSON that the Hub answers`);
}

/** Letters of a commit's or a branch's name, and no way out of an address. */
const name = v.pipe(v.string(), v.regex(/^(?!\.+$)[\w.-]{1,200}$/));
const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const repositoryPath = v.pipe(v.string(), v.maxLength(2000), v.check(isPath));
const optional = <T extends v.GenericSchema>(schema: T) => v.fallback(v.nullish(schema), null);

/** What is read of the answer about a repository: the commit. */
export const repositoryInfo = v.object({ sha: optional(name) });

/** What is read of a file in a repository's list. */
export const listedFile = v.object({
  type: v.literal('file'),
  path: repositoryPath,
  size,
  oid: v.nullish(v.pipe(v.string(), v.maxLength(200))),
  lfs: v.nullish(v.object({ oid: v.pipe(v.string(), v.maxLength(200)), size })),
});

/** A listing as it is kept. */
export const keptListing = v.object({
  commit: v.nullable(name),
  files: v.array(v.object({ path: repositoryPath, size, version: v.string(), sha256: v.nullable(v.string()) })),
});

/** What is read of a model that a search found. */
export const foundModel = v.object({
  name: v.pipe(v.string(), v.regex(/^[\w.-]+(\/[\w.-]+)?$/), v.check(isPath)),
  config: optional(v.object({ model_type: v.string(), quantization_config: v.optional(v.unknown()) })),
  tags: optional(v.array(v.string())),
  filePaths: optional(v.array(v.string())),
  downloads: v.fallback(size, 0),
  likes: v.fallback(size, 0),
  gated: v.unknown(),
  safetensors: optional(v.object({ total: size })),
  updatedAt: optional(v.date()),
});

/** A path within a repository that stays there, in a cache and in an address. */
function isPath(path: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return path.split('/').every((part) => part !== '' && !/^\.+$/.test(part)) && !/[\\\u0000-\u001f]/.test(path);
}
