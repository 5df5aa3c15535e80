/** The weights of a whole model on their way into a GGUF file. */
import { because } from '../../errors.ts';
import type { GgufType } from '../../files/gguf-types.ts';
import { ggufTypes } from '../../files/gguf-types.ts';
import type { GgufTensor } from '../../files/gguf-write.ts';
import { constantsOf, tiedHeadModule } from '../../models/model.ts';
import { textConfig } from '../../models/wrapper.ts';
import type { MergedModel, MergedTensor } from '../merged-tensors.ts';
import type { Base } from '../target.ts';
import { publishedFloats, publishedRows } from '../weight-tensors.ts';
import { arranged, transposed } from './arrangements.ts';
import { type GgufModel, ggufModel } from './families.ts';
import { ggufName, ggufNames, requireFit, unfit, writtenShape } from './family.ts';
import type { GgufFileType } from './metadata.ts';

/** @throws AppError 'gguf-unfit' for a parameter that llama.cpp has no place for */
export function ggufTensors(base: Base, merged: MergedModel, type: GgufFileType): GgufTensor[] {
  const { model, family } = ggufModel(base.model);
  const { tensors, apart } = merged;
  requireFit(!(apart && family.headIsTied), because`its head is no longer tied to the token embedding`);
  const constants = constantsOf(model).map((info): MergedTensor => ({ info, changed: undefined }));
  const all = [...tensors, ...constants, ...(apart ? [apart] : [])];
  const tied = tiedHeadModule(model);
  if (family.writesTiedHead && tied && !apart) {
    const embedding = tensors.find(({ info }) => info.name === model.headParameter)!;
    all.push({ ...embedding, info: { ...embedding.info, module: tied, name: `${tied}.weight` } });
  }
  const computed = (family.computed?.(textConfig(model)) ?? []).map(
    ({ name, values }): GgufTensor => ({ name, shape: [values.length], type: 'F32', values: once(async () => values) }),
  );
  const written = all.flatMap((tensor) => {
    const names = ggufNames(family, tensor.info.name);
    return names.length > 1 ? partTensors(base, tensor, names) : [ggufTensor(base, { model, family }, tensor)];
  });
  const hasHead = written.some(({ name }) => name === 'output.weight');
  const facts = { layers: model.layers.length, hasHead };
  return [
    ...computed,
    ...written.map((tensor) => ({ ...tensor, type: typeOf(tensor.name, tensor.shape, type, facts) })),
  ];
}

function ggufTensor(
  base: Base,
  { model, family }: GgufModel,
  { info, changed }: MergedTensor,
): Omit<GgufTensor, 'type'> {
  const name = ggufName(family, info.name);
  if (name === undefined) throw unfit(because`llama.cpp has no place for ${info.name}`);
  const arrangement = family.arrangement?.(info, model);
  const [rows, columns] = [info.shape[0]!, widthOf(info.shape)];
  const change = family.change?.(info);
  // The head that a tied embedding is written as again is published under the embedding's name.
  const published = info.module === tiedHeadModule(model) ? model.headParameter : info.name;
  const whole = async (): Promise<Float32Array> => {
    const given = await (changed ? changed() : publishedFloats(base, published));
    const values = change ? given.map(change.written) : given;
    if (info.transposed) return transposed(values, rows, columns);
    return arrangement ? arranged(values, arrangement) : values;
  };
  const before = family.rowsBefore?.(info, model) ?? 0;
  const streams = !changed && !change && !info.transposed && !arrangement && before === 0;
  if (before > 0)
    return {
      name,
      shape: [rows - before, columns],
      values: once(async () => (await whole()).subarray(before * columns)),
    };
  return {
    name,
    shape: writtenShape(info),
    values: streams ? () => publishedRows(base, published, columns) : once(whole),
  };
}

/** A matrix, or each of a stack of matrices, whose rows go into several tensors. */
function partTensors(
  base: Base,
  { info, changed }: MergedTensor,
  names: readonly string[],
): Omit<GgufTensor, 'type'>[] {
  const columns = widthOf(info.shape);
  const count = info.shape.at(-2)! / names.length;
  const whole = changed ? once(changed) : () => publishedRows(base, info.name, columns);
  return names.map((name, part) => ({
    name,
    shape: writtenShape(info, names.length),
    values: () => runsOf(whole(), count * columns, part, names.length),
  }));
}

/** Of values that come in pieces: of every `parts` runs of a length the one at `part`. */
async function* runsOf(
  pieces: AsyncIterable<Float32Array>,
  length: number,
  part: number,
  parts: number,
): AsyncGenerator<Float32Array> {
  let at = 0;
  for await (const piece of pieces) {
    const begin = at;
    const end = begin + piece.length;
    while (at < end) {
      const run = Math.floor(at / length);
      const until = Math.min(end, (run + 1) * length);
      if (run % parts === part) yield piece.subarray(at - begin, until - begin);
      at = until;
    }
  }
}

/** Values in a row; a vector is one of rows of one. */
const widthOf = (shape: readonly number[]): number => (shape.length === 1 ? 1 : shape.at(-1)!);

interface MixFacts {
  readonly layers: number;
  /** Whether the head has a tensor of its own. */
  readonly hasHead: boolean;
}

/** Of these neither llama.cpp's converter nor its quantiser rounds anything: positions, taps, and what says which expert. */
const exact = /^(position_embd|token_types)\.|\.(shortconv\.conv|ssm_conv1d|ffn_gate_inp)\.weight$/;

/** Vectors, a few others and rows that are no whole blocks stay wider, as llama.cpp's converter has it. */
export function typeOf(name: string, shape: readonly number[], type: GgufFileType, facts: MixFacts): GgufType {
  if (shape.length === 1 || exact.test(name)) return 'F32';
  const width = shape.at(-1)!;
  const wanted = type === 'Q4_K_M' ? mixed(name, facts) : type;
  const fitting = [wanted, 'Q8_0', 'F16'] as const;
  return fitting.find((each) => width % ggufTypes[each].block === 0)!;
}

/**
 * `llama_tensor_get_type` of llama.cpp for Q4_K_M: the head, and values and the way down in the first and last eighth of the
 * layers and in every third between, have more bits. A fused query, key and value, which has Q5_K there, has Q6_K here.
 */
function mixed(name: string, { layers, hasHead }: MixFacts): GgufType {
  if (name === (hasHead ? 'output.weight' : 'token_embd.weight')) return 'Q6_K';
  const [, layer, part] = /^blk\.(\d+)\.(\w+)\.weight$/.exec(name) ?? [];
  if (part === 'attn_qkv') return 'Q6_K';
  if (part !== 'attn_v' && part !== 'ffn_down' && part !== 'ffn_down_exps') return 'Q4_K';
  const [at, eighth] = [Number(layer), Math.floor(layers / 8)];
  return at < eighth || at >= Math.floor((7 * layers) / 8) || (at - eighth) % 3 === 2 ? 'Q6_K' : 'Q4_K';
}

const once = (values: () => Promise<Float32Array>) =>
  async function* (): AsyncGenerator<Float32Array> {
    yield values();
  };
