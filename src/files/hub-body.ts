import { AppError, because } from '../errors.ts';
import { type Bytes, joinBytes } from './source.ts';

/** What a body is of, to word its failure, and how long it is waited for. */
export interface BodyOf {
  readonly host: string;
  readonly file: string;
  readonly stallMs: number;
  /** What the request was broken off by, where it was. */
  readonly signal?: AbortSignal | undefined;
}

/** A line that brings less in `stallMs` counts as stalled, so that a trickle is no way to hold anyone for ever. */
export const leastBytes = 1024;

/**
 * The body of an answer piece by piece.
 * @throws AppError `hub-offline` where the line drops, `hub-stalled` where too little comes; the reason of
 * the signal. The answer is then let go of.
 */
export async function* bodyPieces(response: Response, { host, stallMs, signal }: BodyOf): AsyncGenerator<Bytes> {
  const reader = response.body?.getReader();
  if (!reader) return;
  let left = stallMs;
  let came = 0;
  try {
    for (;;) {
      const began = performance.now();
      const piece = await withinTime(reader.read(), left, host, stallMs).catch((cause: unknown) => {
        if (signal?.aborted) throw signal.reason;
        throw cause instanceof AppError ? cause : new AppError('hub-offline', { host }, { cause });
      });
      if (piece.done) return;
      // Only the line is waited for: what the reader does with a piece is not its fault.
      left -= performance.now() - began;
      came += piece.value.length;
      if (came >= leastBytes) {
        left = stallMs;
        came = 0;
      }
      yield piece.value;
    }
  } finally {
    // A line that hangs need not answer that it is let go of.
    void reader.cancel().catch(() => undefined);
  }
}

/** A whole body. @throws AppError as `bodyPieces`; `hub-answer-wrong` where it is longer than `mostBytes` */
export async function wholeBody(response: Response, of: BodyOf, mostBytes: number): Promise<Bytes> {
  const pieces: Bytes[] = [];
  let bytes = 0;
  for await (const piece of bodyPieces(response, of)) {
    bytes += piece.length;
    if (bytes > mostBytes) throw tooLong(of, mostBytes);
    pieces.push(piece);
  }
  return joinBytes(pieces);
}

export const tooLong = ({ host, file }: Pick<BodyOf, 'host' | 'file'>, mostBytes: number): AppError =>
  new AppError('hub-answer-wrong', { host, file, reason: because`it is longer than ${mostBytes} bytes` });

/** @throws AppError `hub-stalled` where it takes longer */
export function withinTime<T>(promise: Promise<T>, milliseconds: number, host: string, stallMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(stalled(host, stallMs)), Math.max(0, milliseconds));
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

export const stalled = (host: string, stallMs: number): AppError =>
  new AppError('hub-stalled', { host, seconds: Math.round(stallMs / 100) / 10 });
