import type { BufferRange, PersistentTensor } from './types.ts';

/** A value of the transient pool; it gets its place when all dispatches are known. */
export interface Transient {
  readonly kind: 'transient';
  bytes: number;
  /** First and last dispatch that touches it; kept to the end of the program where `last` is infinite. */
  first: number;
  last: number;
  /** The first and the last node of the graph, by id, whose lowering touches it. */
  firstNode: number;
  lastNode: number;
  /** Values that must lie in another buffer than this one. */
  apart?: Set<Transient>;
  /** The larger value that it lies in, where several must stand side by side, and at which byte. */
  home?: { readonly whole: Transient; readonly offset: number };
}

/** What is placed for a value: the value itself, or the one it lies in. */
export const placeOf = (value: Transient): { readonly whole: Transient; readonly offset: number } =>
  value.home ?? { whole: value, offset: 0 };

/**
 * WebGPU refuses two bindings of one range where either may write. A buffer of which a dispatch writes some range is
 * bound for writing throughout, so what a dispatch binds twice must not share a buffer with what it writes.
 */
export function keepApart(uses: readonly Use[]): void {
  const seen = new Set<Storage>();
  for (const { storage, write } of uses) {
    if (!write && storage.kind === 'transient' && seen.has(storage)) separate(storage, uses);
    seen.add(storage);
  }
}

function separate(twice: Transient, uses: readonly Use[]): void {
  for (const { storage, write } of uses) {
    if (!write || storage.kind !== 'transient') continue;
    storage.apart = (storage.apart ?? new Set()).add(twice);
    twice.apart = (twice.apart ?? new Set()).add(storage);
  }
}

/** A place that is fixed before lowering: a feed, or one segment of a persistent tensor. */
export interface Fixed {
  readonly kind: 'fixed';
  readonly range: BufferRange;
}

export type Storage = Transient | Fixed;

/** What a value of the graph lies in. Persistent tensors may lie in several segments of rows. */
export type Location =
  | { readonly kind: 'one'; readonly storage: Storage }
  | { readonly kind: 'tensor'; readonly tensor: PersistentTensor };

/** A storage bound by a dispatch, before places are known. */
export interface Use {
  readonly storage: Storage;
  readonly write: boolean;
}

export const storageBytes = (storage: Storage): number =>
  storage.kind === 'transient' ? storage.bytes : storage.range.bytes;

export const alignTo = (bytes: number, alignment: number): number => Math.ceil(bytes / alignment) * alignment;

/** WebGPU's `minStorageBufferOffsetAlignment` and `minUniformBufferOffsetAlignment` on every device. */
export const bindingAlignment = 256;

/** Rows `rowBegin` to `rowEnd` of a matrix, in one place. */
export interface RowSegment {
  readonly rowBegin: number;
  readonly rowEnd: number;
  readonly storage: Storage;
}

export const rowSegments = ({ segments }: PersistentTensor): RowSegment[] =>
  segments.map(({ rowBegin, rowEnd, ...range }) => ({ rowBegin, rowEnd, storage: { kind: 'fixed', range } }));
