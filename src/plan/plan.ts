import { eliminateDeadCode } from '../graph/passes/dead-code.ts';
import { isLoss } from '../graph/properties.ts';
import { byteLength, type Graph } from '../graph/types.ts';
import { costSheet } from './cost.ts';
import { groupDispatches } from './grouping.ts';
import { pipelineKey, uniformBlockBytes, uniformFields, uniformSegments } from './kernels.ts';
import { cutLongDispatches } from './long-dispatches.ts';
import { Lowering, type PendingDispatch } from './lowering/context.ts';
import { lowerGraph } from './lowering/lower.ts';
import { emptyLayout, extendLayout } from './persistent.ts';
import { type Place, placeTransients } from './place.ts';
import type { DeviceProfile } from './profile.ts';
import { alignTo, bindingAlignment, placeOf, type Storage, type Transient } from './storage.ts';
import { cutSubmits } from './submits.ts';
import type { BufferRange, Dispatch, FeedPlan, Life, OutputPlan, PersistentLayout, Plan } from './types.ts';

/**
 * How a device carries out a graph: a pure function of graph and profile. `persistent` is what earlier programs of the
 * same run already placed; the plan's layout adds what this graph names for the first time.
 * @throws AppError 'gpu-limit' where one tensor is larger than the device can bind.
 */
export function planProgram(graph: Graph, profile: DeviceProfile, persistent: PersistentLayout = emptyLayout): Plan {
  const live = eliminateDeadCode(graph);
  const layout = extendLayout(persistent, live.nodes, profile);
  const { feeds, feedBytes } = placeFeeds(live);
  const lowering = new Lowering(live, profile, layout, feeds);
  lowerGraph(lowering);
  const pending = cutLongDispatches(groupDispatches(lowering.dispatches, profile), profile);
  const living = livingValues(pending, lowering);
  const { places, pool } = placeTransients(living, profile);
  const resolve = (storage: Storage): BufferRange => rangeOf(storage, places);
  const { uniforms, offsets } = writeUniforms(pending);
  const dispatches = cutSubmits(
    pending.map((dispatch, index) => finish(dispatch, offsets[index]!, resolve)),
    profile,
  );
  const { outputs, stagingBytes } = placeOutputs(lowering, resolve);
  const staging = feedBytes + stagingBytes + uniforms.byteLength;
  const cost = costSheet({ dispatches, layout, pool, staging, profile });
  const lives = livesOf(living, live, dispatches.length);
  return { dispatches, persistent: layout, pool, lives, feeds, feedBytes, outputs, stagingBytes, uniforms, cost };
}

function placeFeeds(graph: Graph): { feeds: Record<string, FeedPlan>; feedBytes: number } {
  const feeds: Record<string, FeedPlan> = {};
  let feedBytes = 0;
  for (const node of graph.nodes) {
    if (node.op !== 'input') continue;
    const type = node.outputs[0]!;
    const bytes = Math.max(4, byteLength(type));
    feeds[node.attributes.name] = { dtype: type.dtype, offset: feedBytes, bytes };
    feedBytes = alignTo(feedBytes + bytes, bindingAlignment);
  }
  return { feeds, feedBytes };
}

/**
 * All values that need a place, each with its life in the order that is final now. What a lowering set aside but nothing
 * touches is not among them.
 */
function livingValues(dispatches: readonly PendingDispatch[], lowering: Lowering): Transient[] {
  const values = new Set<Transient>();
  for (const [index, { uses }] of dispatches.entries())
    for (const { storage } of uses) {
      if (storage.kind !== 'transient') continue;
      const { whole } = placeOf(storage);
      if (!values.has(whole)) whole.first = index;
      whole.last = index;
      values.add(whole);
    }
  for (const value of Object.values(lowering.graph.outputs)) {
    const storage = lowering.storage(value);
    if (storage.kind === 'transient') placeOf(storage).whole.last = Number.POSITIVE_INFINITY;
  }
  return [...values];
}

function livesOf(values: readonly Transient[], { nodes }: Graph, dispatches: number): Life[] {
  const loss = nodes.find(isLoss)?.id ?? Number.POSITIVE_INFINITY;
  return values.map(({ first, last, bytes, firstNode, lastNode }) => ({
    first,
    last: Math.min(last, dispatches - 1),
    bytes: alignTo(bytes, bindingAlignment),
    kept: firstNode < loss && lastNode > loss,
  }));
}

function rangeOf(storage: Storage, places: ReadonlyMap<Transient, Place>): BufferRange {
  if (storage.kind === 'fixed') {
    const { buffer, offset, bytes } = storage.range;
    return { buffer, offset, bytes };
  }
  const { whole, offset } = placeOf(storage);
  const place = places.get(whole);
  if (place === undefined) throw new Error('a value that no dispatch touches is used');
  return { buffer: `pool/${place.pool}`, offset: place.offset + offset, bytes: storage.bytes };
}

/**
 * A buffer must not be bound read-only and for writing in one dispatch, even at ranges apart: where one range of it is
 * written, all its ranges are bound for writing.
 */
function finish(pending: PendingDispatch, uniformOffset: number, resolve: (storage: Storage) => BufferRange): Dispatch {
  const { spec, uses, workgroups, scope, flops, bytesMoved } = pending;
  const ranges = uses.map((use) => resolve(use.storage));
  const written = new Set<string>();
  for (const [index, { write }] of uses.entries()) if (write) written.add(ranges[index]!.buffer);
  const bindings = ranges.map(({ buffer, offset, bytes }) => {
    const access = written.has(buffer) ? ('read_write' as const) : ('read' as const);
    return { buffer, offset, bytes, access };
  });
  return {
    spec,
    pipelineKey: pipelineKey(spec, bindings),
    bindings,
    uniformOffset,
    uniformBytes: uniformBlockBytes(spec.kernel) * uniformSegments(spec),
    workgroups,
    submit: 0,
    scope,
    flops,
    bytesMoved,
  };
}

function placeOutputs(
  lowering: Lowering,
  resolve: (storage: Storage) => BufferRange,
): { outputs: Record<string, OutputPlan>; stagingBytes: number } {
  const outputs: Record<string, OutputPlan> = {};
  let stagingBytes = 0;
  for (const [name, value] of Object.entries(lowering.graph.outputs)) {
    const bytes = Math.max(4, byteLength(value));
    outputs[name] = { ...resolve(lowering.storage(value)), bytes, stagingOffset: stagingBytes };
    stagingBytes = alignTo(stagingBytes + bytes, 8);
  }
  return { outputs, stagingBytes };
}

/** The uniform blocks of all dispatches, and the byte offset of each dispatch's first. */
function writeUniforms(dispatches: readonly PendingDispatch[]): {
  uniforms: Uint32Array<ArrayBuffer>;
  offsets: number[];
} {
  let bytes = 0;
  const offsets = dispatches.map(({ spec }) => {
    const offset = bytes;
    bytes = alignTo(offset + uniformBlockBytes(spec.kernel) * uniformSegments(spec), bindingAlignment);
    return offset;
  });
  const words = new Uint32Array(bytes / 4);
  const floats = new Float32Array(words.buffer);
  for (const [index, { spec, uniforms }] of dispatches.entries()) {
    if (uniforms.length > uniformSegments(spec))
      throw new Error(`${spec.kernel} reads ${uniformSegments(spec)} uniform blocks, got ${uniforms.length}`);
    for (const [segment, block] of uniforms.entries()) {
      let word = (offsets[index]! + segment * uniformBlockBytes(spec.kernel)) / 4;
      for (const [field, type] of uniformFields(spec.kernel)) {
        const value = block[field];
        if (value === undefined) throw new Error(`${spec.kernel} needs the uniform ${field}`);
        if (type === 'f32') floats[word] = value;
        else words[word] = value;
        word++;
      }
    }
  }
  return { uniforms: words, offsets };
}
