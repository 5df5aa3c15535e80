/** What becomes of each weight of the base: it stays, was trained, or has the adapter folded into it. */
import { AppError } from '../errors.ts';
import { bytesToF32, f32ToBytes } from '../files/half.ts';
import { safetensorsFloat } from '../files/safetensors-header.ts';
import { type ParameterInfo, tiedHeadModule } from '../models/model.ts';
import type { Adapter, ReadValues } from '../tuning/method.ts';
import type { Tuning } from '../tuning/tuning.ts';
import type { Base } from './target.ts';
import { publishedFloats, publishedInto, ReusedMemory } from './weight-tensors.ts';

export interface MergedTensor {
  readonly info: ParameterInfo;
  /** Its values where they are other than published; of use until those of another tensor are asked for. */
  readonly changed: (() => Promise<Float32Array>) | undefined;
}

export interface MergedModel {
  readonly tensors: readonly MergedTensor[];
  /** The head of a model where it was tied to the token embedding and no longer is; it comes last. */
  readonly apart: MergedTensor | undefined;
}

/**
 * Every weight of a whole model, one to be asked for after another.
 * @param read gives trained and adapter parameters by name, and those that the published weights lack
 * @throws AppError 'cannot-merge' where the adapter is no change of weights
 */
export function mergedModel(base: Base, tuning: Tuning, read: ReadValues): MergedModel {
  const { adapter } = tuning;
  if (adapter && !adapter.merged) throw new AppError('cannot-merge', { method: adapter.title });
  const memory = new ReusedMemory();
  const tensors = base.model.parameters.map((info): MergedTensor => {
    const trained = tuning.trained.has(info.name) || base.fresh.has(info.name);
    if (!adapter?.modules.has(info.module)) return { info, changed: trained ? () => read(info.name) : undefined };
    const folded = async () => {
      const weight = trained ? (await read(info.name)).slice() : await published(base, info, memory);
      const start = residualWeight(base, adapter, info.name, weight);
      return (await adapter.merged!(info, start, read)) ?? start;
    };
    return { info, changed: folded };
  });
  return { tensors, apart: headApart(base, tuning, read) };
}

/** For `mergedModel` where only names are asked for. */
export const unread: ReadValues = () => {
  throw new Error('no value is read for a refusal');
};

async function published(base: Base, { name, shape }: ParameterInfo, memory: ReusedMemory) {
  const values = memory.of(shape.reduce((product, size) => product * size, 1));
  await publishedInto(base, name, values);
  return values;
}

/** A tied head is one of its own where the adapter changes one of the two, or PEFT saved one of the two. */
function headApart(base: Base, { adapter, tiedHead, trained }: Tuning, read: ReadValues): MergedTensor | undefined {
  const { model } = base;
  const info = model.parameters.find(({ name }) => name === model.headParameter)!;
  const module = tiedHeadModule(model);
  if (!module || !(tiedHead || adapter?.modules.has(module) || adapter?.modules.has(info.module))) return undefined;
  const name = `${module}.weight`;
  const head = async (): Promise<Float32Array> => {
    if (tiedHead === 'own') return read(name);
    return trained.has(info.name) && !tiedHead ? read(info.name) : publishedFloats(base, info.name);
  };
  const changed = async (): Promise<Float32Array> => {
    const weight = await head();
    if (!adapter?.modules.has(module)) return weight;
    // What the run holds stays as it is.
    const own = weight.slice();
    return (await adapter.merged!({ ...info, name, module, role: 'linear' }, own, read)) ?? own;
  };
  return { info: { ...info, name, module, role: 'head' }, changed };
}

/** The weight that an adapter was trained over, rounded as PEFT rounds it. */
function residualWeight(
  { weights, tensorOf }: Base,
  adapter: Adapter,
  name: string,
  weight: Float32Array,
): Float32Array {
  const residual = adapter.residuals?.get(name);
  if (!residual) return weight;
  const tensor = tensorOf(name);
  const dtype = safetensorsFloat(tensor, weights.tensors.get(tensor)!.dtype);
  return bytesToF32(f32ToBytes(residual(weight), dtype), dtype);
}
