import { AppError } from '../errors.ts';
import type { DeviceProfile } from './profile.ts';
import { alignTo, bindingAlignment, type Transient } from './storage.ts';

export interface Place {
  readonly pool: number;
  readonly offset: number;
}

interface Placed extends Place {
  readonly first: number;
  readonly last: number;
  readonly end: number;
}

/**
 * Gives each transient value a place so that values alive at the same time do not overlap: largest first, each at the
 * lowest offset that is free over its life (greedy by size, arXiv 2001.03288, section 4.2). A value goes to the first
 * pool buffer that still holds it within the device's buffer size.
 * @returns the places, and the bytes of each pool buffer.
 * @throws AppError 'gpu-limit' where one value is larger than a buffer or a binding may be.
 */
export function placeTransients(
  values: readonly Transient[],
  profile: DeviceProfile,
): { places: Map<Transient, Place>; pool: number[] } {
  const limit = Math.min(profile.maxBufferSize, profile.maxStorageBufferBindingSize);
  const places = new Map<Transient, Place>();
  const pools: Placed[][] = [];
  const ends: number[] = [];
  const bySize = values.toSorted((a, b) => b.bytes - a.bytes || a.first - b.first);
  for (const value of bySize) {
    if (value.bytes > limit)
      throw new AppError('gpu-limit', { what: 'a buffer for activations', needed: value.bytes, limit });
    const bytes = alignTo(value.bytes, bindingAlignment);
    for (let pool = 0; ; pool++) {
      pools[pool] ??= [];
      if (isKeptOut(value, pool, places)) continue;
      const offset = lowestGap(pools[pool]!, value, bytes);
      if (offset + bytes > profile.maxBufferSize && pools[pool]!.length > 0) continue;
      insertByOffset(pools[pool]!, { pool, offset, first: value.first, last: value.last, end: offset + bytes });
      ends[pool] = Math.max(ends[pool] ?? 0, offset + bytes);
      places.set(value, { pool, offset });
      break;
    }
  }
  return { places, pool: ends };
}

function isKeptOut({ apart }: Transient, pool: number, places: ReadonlyMap<Transient, Place>): boolean {
  if (apart === undefined) return false;
  for (const other of apart) if (places.get(other)?.pool === pool) return true;
  return false;
}

/** `placed` is sorted by offset. */
function lowestGap(placed: readonly Placed[], value: Transient, bytes: number): number {
  let offset = 0;
  for (const other of placed) {
    if (other.last < value.first || other.first > value.last) continue;
    if (offset + bytes <= other.offset) break;
    if (other.end > offset) offset = other.end;
  }
  return offset;
}

function insertByOffset(placed: Placed[], value: Placed): void {
  let low = 0;
  let high = placed.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (placed[middle]!.offset < value.offset) low = middle + 1;
    else high = middle;
  }
  placed.splice(low, 0, value);
}
