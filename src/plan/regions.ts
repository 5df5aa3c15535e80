/** Storages that one binding has to reach: brought side by side, or covered by one range. */
import type { DeviceProfile } from './profile.ts';
import { alignTo, bindingAlignment, type Fixed, placeOf, type Storage, type Transient } from './storage.ts';

/** One binding that reaches several storages. */
export interface Region {
  readonly storage: Storage;
  /** Bytes from the beginning of the binding to each of them. */
  readonly offsets: readonly number[];
}

/** Bytes of something that a binding touches; what is still to move touches all of it. */
export interface Footprint {
  readonly where: Transient | string;
  readonly begin: number;
  readonly end: number;
}

/** A region that can be made. */
export interface RegionPlan {
  readonly footprint: readonly Footprint[];
  make(): Region;
}

/** Values that live together may differ by so many dispatches: to keep one longer than it is needed costs memory. */
const longestExtension = 64;

/** How one binding can reach all the storages, or undefined where it cannot. */
export function planRegion(storages: readonly Storage[], profile: DeviceProfile): RegionPlan | undefined {
  const [first] = storages as [Storage];
  if (storages.every((storage) => isSameStorage(storage, first))) {
    const region: Region = { storage: first, offsets: storages.map(() => 0) };
    return { footprint: [footprintOf(first)], make: () => region };
  }
  const limit = Math.min(profile.maxStorageBufferBindingSize, profile.maxBufferSize);
  if (storages.every((storage) => storage.kind === 'fixed')) return coverFixed(storages as Fixed[], limit);
  if (storages.every((storage) => storage.kind === 'transient'))
    return bringTogether([...new Set(storages as Transient[])], storages as Transient[], limit);
  return undefined;
}

/** Whether two footprints of one dispatch would overlap. */
export const overlap = (a: Footprint, b: Footprint): boolean =>
  a.where === b.where && a.begin < b.end && b.begin < a.end;

export const isSameStorage = (a: Storage, b: Storage): boolean =>
  a === b ||
  (a.kind === 'fixed' &&
    b.kind === 'fixed' &&
    a.range.buffer === b.range.buffer &&
    a.range.offset === b.range.offset &&
    a.range.bytes === b.range.bytes);

export function footprintOf(storage: Storage): Footprint {
  if (storage.kind === 'fixed') {
    const { buffer, offset, bytes } = storage.range;
    return { where: buffer, begin: offset, end: offset + bytes };
  }
  const { whole, offset } = placeOf(storage);
  return { where: whole, begin: offset, end: offset + storage.bytes };
}

function coverFixed(storages: readonly Fixed[], limit: number): RegionPlan | undefined {
  const buffer = storages[0]!.range.buffer;
  if (storages.some(({ range }) => range.buffer !== buffer)) return undefined;
  const begin = Math.min(...storages.map(({ range }) => range.offset));
  const end = Math.max(...storages.map(({ range }) => range.offset + range.bytes));
  if (end - begin > limit) return undefined;
  const storage: Fixed = { kind: 'fixed', range: { buffer, offset: begin, bytes: end - begin } };
  const offsets = storages.map(({ range }) => range.offset - begin);
  return { footprint: [{ where: buffer, begin, end }], make: () => ({ storage, offsets }) };
}

/** Values become parts of one; those of an earlier region keep their places in it. */
function bringTogether(
  values: readonly Transient[],
  storages: readonly Transient[],
  limit: number,
): RegionPlan | undefined {
  const wholes = new Set(values.filter((value) => value.home).map((value) => placeOf(value).whole));
  const alone = values.filter((value) => value.home === undefined);
  if (wholes.size > 1 || values.some((value) => value.apart !== undefined)) return undefined;
  const [old] = wholes;
  const bytes = alone.reduce((sum, value) => sum + alignTo(value.bytes, bindingAlignment), old?.bytes ?? 0);
  if (bytes + bindingAlignment > limit || !liveTogether([...alone, ...wholes])) return undefined;
  const moving = alone.map(footprintOf);
  const staying = values.filter((value) => value.home).map(footprintOf);
  const grown: Footprint[] = old === undefined ? [] : [{ where: old, begin: 0, end: Number.POSITIVE_INFINITY }];
  return {
    footprint: alone.length === 0 ? [covering(staying)] : [...moving, ...grown],
    make() {
      const whole = old ?? { ...alone[0]!, bytes: 0 };
      for (const value of alone) settle(value, whole);
      const { begin, end } = covering(values.map(footprintOf));
      const storage: Transient = {
        ...{ ...whole, bytes: end - begin },
        home: { whole, offset: begin },
      };
      return { storage, offsets: storages.map((value) => placeOf(value).offset - begin) };
    },
  };
}

function covering(footprints: readonly Footprint[]): Footprint {
  const begin = Math.min(...footprints.map((footprint) => footprint.begin));
  return { where: footprints[0]!.where, begin, end: Math.max(...footprints.map((footprint) => footprint.end)) };
}

function liveTogether(values: readonly Transient[]): boolean {
  const first = Math.min(...values.map((value) => value.first));
  const last = Math.max(...values.map((value) => value.last));
  return values.every((value) => value.first - first + (last - value.last) <= longestExtension);
}

function settle(value: Transient, whole: Transient): void {
  const offset = alignTo(whole.bytes, bindingAlignment);
  value.home = { whole, offset };
  whole.bytes = offset + value.bytes;
  whole.first = Math.min(whole.first, value.first);
  whole.last = Math.max(whole.last, value.last);
  whole.firstNode = Math.min(whole.firstNode, value.firstNode);
  whole.lastNode = Math.max(whole.lastNode, value.lastNode);
}
