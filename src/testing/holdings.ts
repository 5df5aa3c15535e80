/** For tests and benchmarks: what a run holds on to while it goes on. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Session } from '../plan/executor.ts';

export interface Holdings {
  /** JavaScript objects and array buffers that are still reachable. */
  readonly heapBytes: number;
  /** Of the buffers that there are. */
  readonly bufferBytes: number;
  /** Made on the GPU so far; buffers also by each tensor that a checkpoint reads back, and destroyed again. */
  readonly buffers: number;
  readonly bindGroups: number;
  readonly pipelines: number;
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

export function holdingsOf({ statistics }: Session): Holdings {
  const { bufferBytes, buffers, bindGroups, pipelines } = statistics;
  // What a first collection finalises is freed by the second.
  collectGarbage();
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heapBytes: heapUsed + arrayBuffers, bufferBytes, buffers, bindGroups, pipelines };
}
