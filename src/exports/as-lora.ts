/** Any change of weights as LoRA: what became of each matrix is brought to a low rank, one matrix at a time. */
import { AppError, because, type Reason } from '../errors.ts';
import { tiedTogether, vocabularyHead } from '../models/heads.ts';
import { featuresOf, type Model } from '../models/model.ts';
import { lora } from '../tuning/lora.ts';
import { loraAName, loraBName } from '../tuning/lora-module.ts';
import { type LowRank, lowRank } from '../tuning/low-rank.ts';
import type { ReadValues } from '../tuning/method.ts';
import { liesAround } from '../tuning/resolve.ts';
import { transposed } from '../tuning/saved.ts';
import type { Tuning } from '../tuning/tuning.ts';
import { type MergedModel, type MergedTensor, mergedModel, unread } from './merged-tensors.ts';
import { foundOnce, refusalOf } from './refusal.ts';
import type { Base, Tuned } from './target.ts';
import { publishedFloats } from './weight-tensors.ts';

export interface AsLora {
  /** LoRA where weights of linear layers changed, and beside it everything else that did. */
  readonly tuning: Tuning & { readonly adapter: NonNullable<Tuning['adapter']> };
  readonly read: ReadValues;
  /** Of all matrices that were read: the share of ‖ΔW‖_F that LoRA holds, 0 to 1. */
  kept(): number;
}

/** @throws AppError 'target-unfit' where nothing changed that LoRA could hold, or the head left its table or shares one that changed */
export async function asLora({ base, tuning }: Tuned, read: ReadValues, rank: number): Promise<AsLora> {
  const { tensors, apart } = mergedModel(base, tuning, read);
  const changed = new Map<string, MergedTensor>();
  for (const tensor of tensors) if (await isChanged(base, tuning, tensor)) changed.set(tensor.info.name, tensor);
  const { matrices, adapter, others } = placed(base.model, { tensors: [...changed.values()], apart }, rank);
  const pairs = pairsOf(base, matrices, rank);
  return {
    tuning: {
      adapter,
      adapterParameters: adapter.parameters,
      trained: new Map(others.map((name) => [name, { learningRateFactor: 1 }])),
    },
    async read(name) {
      const own = (await pairs.read(name)) ?? (await changed.get(name)?.changed?.())?.slice();
      const values = own ?? (await read(name));
      return values as Float32Array<ArrayBuffer>;
    },
    kept: pairs.kept,
  };
}

/** What names alone tell of that: biases of adapted modules, which need not have changed, stand beside LoRA anyway. */
export const asLoraRefusal = foundOnce(({ base, tuning }: Pick<Tuned, 'base' | 'tuning'>) =>
  refusalOf(() => {
    const { tensors, apart } = mergedModel(base, tuning, unread);
    const changed = tensors.filter((tensor) => tensor.changed && !mayRest(base, tuning, tensor));
    placed(base.model, { tensors: changed, apart }, 1);
  }),
);

/** Where LoRA holds what changed. @throws AppError 'target-unfit' */
function placed(model: Model, { tensors, apart }: MergedModel, rank: number) {
  if (apart) throw unfit(because`the head is no longer tied to the token embedding`);
  const matrices = tensors.filter(({ info }) => isMatrix(model, info));
  if (matrices.length === 0) throw unfit(because`no matrix of a linear layer was changed`);
  const adapter = loraOn(model, matrices, rank);
  const held = new Set(matrices);
  const others = tensors.filter((tensor) => !held.has(tensor)).map(({ info }) => info.name);
  if (tiedTogether(model).some((name) => tensors.some(({ info }) => info.name === name)))
    throw unfit(because`the token embedding changed, which masked tokens are told by as well`);
  const stacked = model.parameters.filter(({ role }) => role === 'experts' || role === 'router');
  const isStacked = (name: string) => stacked.some((info) => info.name === name);
  const loose = others.find((name) => liesAround(name, adapter.modules) || isStacked(name));
  if (loose) throw unfit(because`${loose} was changed, and PEFT has no place for it beside an adapter`);
  return { matrices, adapter, others };
}

/** A weight that is multiplied with; of the heads the one that gives logits of tokens: PEFT trains others whole. */
const isMatrix = (model: Model, { name, role }: MergedTensor['info']): boolean =>
  role === 'linear' || (role === 'head' && name === vocabularyHead(model));

/** A method that adapts a module may leave its bias as it was. */
const mayRest = (base: Base, { trained }: Tuning, { info }: MergedTensor): boolean =>
  info.role === 'bias' && !trained.has(info.name) && !base.fresh.has(info.name);

async function isChanged(base: Base, tuning: Tuning, tensor: MergedTensor): Promise<boolean> {
  const { info, changed } = tensor;
  if (!changed) return false;
  if (!mayRest(base, tuning, tensor)) return true;
  const [before, after] = [await publishedFloats(base, info.name), await changed()];
  return after.some((value, index) => value !== before[index]);
}

/** alpha = r throughout: the scale is 1, and no program can read it otherwise. */
function loraOn(model: Model, matrices: readonly MergedTensor[], rank: number) {
  if (model.kind !== 'text') throw unfit(because`its layers are convolutions`);
  const smaller = matrices.filter(({ info }) => rankOf(info.shape, rank) < rank);
  const ranks = Object.fromEntries(smaller.map(({ info }) => [info.module, rankOf(info.shape, rank)]));
  const settings = { method: 'lora', lora_r: rank, lora_alpha: rank, rank_pattern: ranks, alpha_pattern: ranks };
  const targets = matrices.map(({ info }) => info.module);
  return lora.create(model, { ...settings, lora_target_modules: targets }, () => 1);
}

const rankOf = (shape: readonly number[], rank: number): number => Math.min(rank, ...shape);

/** The pair of each matrix, made when one of the two is asked for and let go with the next. */
function pairsOf(base: Base, matrices: readonly MergedTensor[], rank: number) {
  const byName = new Map(
    matrices.flatMap((matrix) => [
      [loraAName(matrix.info.module), matrix],
      [loraBName(matrix.info.module), matrix],
    ]),
  );
  const sizes = new Map<string, Pick<LowRank, 'whole' | 'kept'>>();
  let last: { readonly matrix: MergedTensor; readonly pair: LowRank } | undefined;
  return {
    async read(name: string): Promise<Float32Array | undefined> {
      const matrix = byName.get(name);
      if (!matrix) return undefined;
      const found = last?.matrix === matrix ? last : { matrix, pair: await pairOf(base, matrix, rank) };
      last = found;
      const { whole, kept } = found.pair;
      sizes.set(matrix.info.name, { whole, kept });
      return name === loraAName(matrix.info.module) ? found.pair.a : found.pair.b;
    },
    kept(): number {
      const sum = (key: 'whole' | 'kept') => [...sizes.values()].reduce((total, each) => total + each[key], 0);
      return sum('whole') === 0 ? 1 : Math.min(1, Math.sqrt(sum('kept') / sum('whole')));
    },
  };
}

/** B·A of ΔW as [out, in], however the weight lies. */
async function pairOf(base: Base, { info, changed }: MergedTensor, rank: number): Promise<LowRank> {
  const before = await publishedFloats(base, info.name);
  const delta = Float32Array.from(await changed!(), (value, index) => value - before[index]!);
  const { inFeatures, outFeatures } = featuresOf(info);
  const matrix = info.transposed ? transposed(delta, inFeatures) : delta;
  return lowRank(matrix, outFeatures, inFeatures, rankOf(info.shape, rank));
}

const unfit = (reason: Reason): AppError => new AppError('target-unfit', { target: 'LoRA', reason });
