import { bytesToF32, f32ToBytes } from '../../files/half.ts';
import { safetensorsFloat } from '../../files/safetensors-header.ts';
import type { Graph, NodeOf } from '../../graph/types.ts';
import { bytesPerElement, elementCount, isQuantised } from '../../graph/types.ts';
import { tablesOf } from '../../models/model.ts';
import { pieceBytes, type Session } from '../../plan/executor.ts';
import { type Encode, initialValues } from '../../tuning/initial.ts';
import type { AdapterParameter } from '../../tuning/method.ts';
import type { Tuning } from '../../tuning/tuning.ts';
import type { AdapterValues } from './adapter-tuning.ts';
import { streamBlocks } from './coded-blocks.ts';
import type { OpenModel } from './open-model.ts';
import type { SharedBase } from './shared-base.ts';
import { freshValues, startValues } from './start-values.ts';

export interface LoadProgress {
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface ParameterSources {
  readonly open: OpenModel;
  readonly tuning: Tuning;
  /** Of fresh adapter matrices. */
  readonly seed: number;
  /** What adapter and saved parameters start from, in place of fresh values. */
  readonly values?: AdapterValues | undefined;
  /** Needed where fresh values come from a text. */
  readonly encode?: Encode | undefined;
  /** Where frozen weights may stand already, and are left. */
  readonly base?: SharedBase | undefined;
}

/** Fills a session's buffers. What was filled once is left alone, so programs can be added at any time. */
export interface ParameterLoader {
  /**
   * Uploads every weight, adapter matrix and table that the programs read and that is not there yet, piece by piece.
   * Gradients, moments and caches start as zeros and need nothing. The programs must be defined in the session.
   * @returns where weights were quantised, their relative error (root mean square), over all of the session; else null
   */
  load(programs: readonly Graph[], onProgress?: (progress: LoadProgress) => void): Promise<number | null>;
}

type Parameter = NodeOf<'parameter'>;

export function createParameterLoader(session: Session, sources: ParameterSources): ParameterLoader {
  const loaded = new Set<string>();
  const ready = knownValues(sources);
  return {
    async load(programs, onProgress) {
      const wanted = new Map(programs.flatMap(filledParameters).map((node) => [node.attributes.name, node]));
      const missing = [...wanted.values()].filter(({ attributes }) => !loaded.has(attributes.name));
      const totalBytes = missing.reduce((sum, node) => sum + 4 * elementCount(node.outputs[0]!.shape), 0);
      const quantised = missing.filter((node) => isToQuantise(sources.open, node)).map((node) => node.attributes.name);
      const kept = errorKept(session, sources.base, quantised);
      const streamed: string[] = [];
      let bytes = 0;
      for (const node of missing) {
        const { name } = node.attributes;
        const values = await ready(name, node);
        const isThere = session.isFound?.(name) && (kept !== null || !quantised.includes(name));
        if (values) session.write(name, bytesIn(values, node));
        else {
          if (!isThere) await streamWeight(session, sources.open, node);
          streamed.push(name);
        }
        loaded.add(name);
        bytes += 4 * elementCount(node.outputs[0]!.shape);
        onProgress?.({ bytes, totalBytes });
      }
      const error = quantised.length === 0 ? null : (kept ?? (await session.finishQuantising()));
      if (sources.base && error !== null) sources.base.quantised = { names: quantised.join('\n'), error };
      session.leave?.(streamed);
      return error;
    },
  };
}

/** The error of weights that an earlier session quantised, where this one found exactly those; else null. */
function errorKept(session: Session, base: SharedBase | undefined, names: readonly string[]): number | null {
  const isSame = base?.quantised?.names === names.join('\n') && names.every((name) => session.isFound?.(name));
  return isSame ? base!.quantised!.error : null;
}

const filledKinds: ReadonlySet<string> = new Set(['weight', 'trained', 'table']);

function filledParameters({ nodes }: Graph): Parameter[] {
  return nodes.filter((node) => node.op === 'parameter').filter((node) => filledKinds.has(node.attributes.kind));
}

/** What an adapter parameter starts from in a fresh adapter. */
export async function freshAdapterValues(
  { open, seed, encode }: Pick<ParameterSources, 'open' | 'seed' | 'encode'>,
  parameter: AdapterParameter,
): Promise<Float32Array> {
  const { init } = parameter;
  const base = 'of' in init ? await startValues(open, init.of, seed) : undefined;
  return initialValues(parameter, seed, base, encode);
}

/** Values that do not come from the model's own files: of the adapter given, fresh ones, and tables. */
function knownValues(sources: ParameterSources) {
  const { open, tuning, seed, values } = sources;
  const fresh = new Map(tuning.adapterParameters.map((parameter) => [parameter.name, parameter]));
  return async (name: string, node: Parameter): Promise<Float32Array | undefined> => {
    // A saved parameter replaces the published one only where it is trained, which is where the buffer is f32.
    const parameter = fresh.get(name);
    const saved = parameter || node.attributes.kind === 'trained' ? values?.get(name) : undefined;
    if (saved) return saved;
    if (parameter) return freshAdapterValues(sources, parameter);
    const ownName = publishedName(name);
    const residual = name.startsWith('residual/') ? tuning.adapter?.residuals?.get(ownName) : undefined;
    if (residual) return residual(await startValues(open, ownName, seed));
    if (open.fresh.has(ownName)) return freshValues(open.model, ownName, seed);
    if (node.attributes.kind !== 'table') return undefined;
    const rows = node.outputs[0]!.shape[0]!;
    return tablesOf(open.model, rows).find((table) => table.name === name)?.data;
  };
}

/** The parameter of the model that a buffer holds the values of, or the originals of. */
const publishedName = (buffer: string): string => buffer.replace(/^(base|buffer|residual)\//, '');

/** Whether the buffer wants fewer bits than the model's file has. */
function isToQuantise(open: OpenModel, node: Parameter): boolean {
  const wanted = node.outputs[0]!.dtype;
  return isQuantised(wanted) && open.codedAs?.(publishedName(node.attributes.name)) !== wanted;
}

/** One published tensor, piece by piece: quantised, or as it is, or widened, as the buffer's type wants it. */
async function streamWeight(session: Session, open: OpenModel, node: Parameter): Promise<void> {
  const { name } = node.attributes;
  const wanted = node.outputs[0]!.dtype;
  const parameter = publishedName(name);
  const tensor = open.tensorOf(parameter);
  const dtype = safetensorsFloat(tensor, open.weights.tensors.get(tensor)!.dtype);
  if (isToQuantise(open, node)) return streamQuantised(session, open, node, parameter);
  const pieces = isQuantised(wanted)
    ? streamBlocks(open.weights.coded!.get(tensor)!, pieceBytes)
    : open.weights.streamTensor(tensor, pieceBytes);
  const widened = wanted === 'f32' && dtype !== 'F32';
  let offset = 0;
  for await (const piece of pieces) {
    const bytes = widened ? bytesOf(bytesToF32(piece, dtype)) : piece;
    session.write(name, bytes, offset);
    offset += bytes.length;
  }
}

/** Whole rows at a time, in pairs so that pieces of 16-bit values are whole words. */
async function streamQuantised(session: Session, open: OpenModel, node: Parameter, parameter: string): Promise<void> {
  const published = open.dtypes(parameter);
  const rowBytes = node.outputs[0]!.shape.at(-1)! * bytesPerElement(published);
  const pairs = Math.max(1, Math.floor(pieceBytes / (2 * rowBytes)));
  let row = 0;
  for await (const piece of open.weights.streamTensor(open.tensorOf(parameter), 2 * pairs * rowBytes)) {
    session.quantise(node.attributes.name, piece, published, row);
    row += piece.length / rowBytes;
  }
}

/** Values in the type of their buffer. */
function bytesIn(values: Float32Array, node: Parameter): Uint8Array {
  const { dtype } = node.outputs[0]!;
  return dtype === 'f16' || dtype === 'bf16' ? f32ToBytes(values, safetensorsFloats[dtype]) : bytesOf(values);
}

const safetensorsFloats = { f16: 'F16', bf16: 'BF16' } as const;

const bytesOf = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
