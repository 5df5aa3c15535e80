import type { GraphBuilder } from '../graph/builder.ts';
import type { Value, WeightDType } from '../graph/types.ts';
import { constantsOf, embeddingScaleOf, headModule, type Model, type ParameterInfo } from '../models/model.ts';
import type { HeadSeams, Seams } from '../models/seams.ts';
import type { Adapter, ChangeTools, SeamTools, VirtualPlace } from './method.ts';
import type { Tuning } from './tuning.ts';

/** The data type in which each frozen weight is kept: as published, or quantised. */
export type DTypes = (parameter: string) => WeightDType;

/** Whose forward pass: the published model's or the tuned one's. */
export interface ForwardOptions {
  readonly model: Model;
  readonly dtypes: DTypes;
  /** Absent: the model as published. */
  readonly tuning?: Tuning | undefined;
  /**
   * `tuned`: trained values and adapters. `base`: the published model in a session that trains some of its parameters;
   * their originals lie under `base/<name>`. Default `tuned`.
   */
  readonly side?: 'base' | 'tuned';
}

export interface SeamOptions extends ForwardOptions {
  /** What the program does with virtual tokens, where the adapter has them. */
  readonly virtual?: VirtualPlace;
  /** Attention over what the program has: its own rows, or a cache. */
  readonly attention: Seams['attention'];
  /** The same for layers of other kinds. */
  readonly mixer: Seams['mixer'];
  /** u32 [2]; given in training only, and needed where a method drops out. */
  readonly seed?: Value | undefined;
  /**
   * Noise on token embeddings (NEFTune, arXiv 2310.05914): uniform in ±alpha/√(length·width), of rows of `length` tokens,
   * padding included, as transformers has it. Needs the seed.
   */
  readonly embeddingNoise?: { readonly alpha: number; readonly length: number } | undefined;
  /** Share of values dropped of what attention and MLP add to the residual; needs the seed. */
  readonly dropout?: number | undefined;
  /** i32 [rows] each; given where the token or the position embedding is trained. */
  readonly idOrder?: Value | undefined;
  readonly positionOrder?: Value | undefined;
  /** i32 [rows] each: the type of each token and, in training, their order. Absent: rows are single texts. */
  readonly types?: { readonly ids: Value; readonly order: Value | undefined } | undefined;
}

/** Declares the buffer that a base parameter lies in; `residual`: that of what an adapter was trained over. */
function declare(
  builder: GraphBuilder,
  { name, shape, role }: ParameterInfo,
  options: ForwardOptions,
  residual: boolean,
): Value {
  if (residual) return builder.parameter(`residual/${name}`, { shape, dtype: options.dtypes(name) }, 'weight');
  const isTrained = options.tuning?.trained.has(name) ?? false;
  if (isTrained && options.side !== 'base') return builder.parameter(name, { shape, dtype: 'f32' }, 'trained');
  // What is no matrix (norms, biases, positions) is widened as it is loaded: exact, small, and no kernel needs to unpack it.
  const dtype = shape.length === 1 || role === 'position' || isDepthwise(shape) ? 'f32' : options.dtypes(name);
  return builder.parameter(isTrained ? `base/${name}` : name, { shape, dtype }, 'weight');
}

/** [channels, 1, kernel, kernel]: a few numbers a channel. */
const isDepthwise = (shape: readonly number[]): boolean => shape.length === 4 && shape[1] === 1;

/** The weight of the head, where a tied one may differ from the table. */
function declareHead(builder: GraphBuilder, info: ParameterInfo, options: ForwardOptions, residual: boolean): Value {
  const apart = options.side === 'base' ? undefined : options.tuning?.tiedHead;
  if (apart === 'own')
    return builder.parameter(`${headModule(options.model)}.weight`, { shape: info.shape, dtype: 'f32' }, 'trained');
  return declare(builder, info, apart === 'published' ? { ...options, side: 'base' } : options, residual);
}

/** Products and biases of the linear modules, each in the scope of its module. */
function linearTools(
  builder: GraphBuilder,
  options: ForwardOptions,
  residuals: Adapter['residuals'] = new Map(),
): Pick<SeamTools, 'weight' | 'product' | 'addBias'> & Pick<Seams, 'parameter'> {
  const infos = new Map([...options.model.parameters, ...constantsOf(options.model)].map((info) => [info.name, info]));
  const parameter = (name: string): Value => declare(builder, infos.get(name)!, options, residuals.has(name));
  const { headBias } = options.model;
  const head = headModule(options.model);
  const infoOf = (module: string): ParameterInfo =>
    infos.get(module === head ? options.model.headParameter : `${module}.weight`)!;
  const weight = (module: string): Value =>
    module === head
      ? declareHead(builder, infoOf(head), options, residuals.has(`${head}.weight`))
      : parameter(`${module}.weight`);
  const inside = (module: string, build: () => Value): Value =>
    builder.within(module.slice(module.lastIndexOf('.') + 1), build);
  return {
    parameter,
    weight,
    product: (module, x) =>
      inside(module, () => {
        const { transposed } = infoOf(module);
        return builder.matmul(x, weight(module), { transposeB: !transposed });
      }),
    addBias(module, y) {
      const bias = module === head ? headBias : `${module}.bias`;
      return bias && infos.has(bias) ? inside(module, () => builder.add(y, parameter(bias))) : y;
    },
  };
}

function withNoise(builder: GraphBuilder, rows: Value, module: string, { embeddingNoise, seed }: SeamOptions): Value {
  if (embeddingNoise === undefined || seed === undefined) return rows;
  const { alpha, length } = embeddingNoise;
  const amplitude = alpha / Math.sqrt(length * rows.shape[1]!);
  return builder.uniformNoise(rows, seed, amplitude, `${module}/neftune`);
}

/** What the change of weights is computed with. Inputs: `identity/<size>` f32 [size, size], where a method asks for one. */
export const changeTools = (builder: GraphBuilder, options: ForwardOptions): ChangeTools => ({
  ...linearTools(builder, options, options.tuning?.adapter?.residuals),
  builder,
  identity: (size) => builder.input(`identity/${size}`, { shape: [size, size], dtype: 'f32' }),
});

/** The base model's answers where no tokens are needed. Trained parameters are read where they are kept. */
export function headSeams(builder: GraphBuilder, options: ForwardOptions): HeadSeams {
  const { parameter, weight, product, addBias } = linearTools(builder, options);
  return {
    parameter,
    linear: (module, x) => addBias(module, product(module, x)),
    head: () => ({ weight: weight(headModule(options.model)) }),
  };
}

/** Answers at every seam as the base model does: nothing is added. */
export function baseSeams(builder: GraphBuilder, options: SeamOptions): Seams {
  const ofHead = headSeams(builder, options);
  const { parameter } = ofHead;
  const embeddingScale = embeddingScaleOf(options.model);
  return {
    ...ofHead,
    embed(module, ids) {
      const rows = builder.embedding(parameter(`${module}.weight`), ids, options.idOrder);
      return withNoise(builder, builder.scale(rows, embeddingScale), module, options);
    },
    embedAgain: (module, ids) => builder.embedding(parameter(`${module}.weight`), ids, options.idOrder),
    embedPositions: (module, positions, offset) =>
      builder.embedding(parameter(`${module}.weight`), positions, options.positionOrder, offset),
    embedTypes(module) {
      const table = parameter(`${module}.weight`);
      if (options.types && table.shape[0]! > 1) return builder.embedding(table, options.types.ids, options.types.order);
      // One row in its own order serves as both ids and their order.
      const first = builder.input('tokenType', { shape: [1], dtype: 'i32' });
      return builder.reshape(builder.embedding(table, first, first), [table.shape[1]!]);
    },
    attention: options.attention,
    mixer: options.mixer,
    attentionOutput: (_layer, _x, y) => y,
    sublayer: (_layer, _kind, x, residual, compute, norm = (sum) => sum) => norm(builder.add(residual, compute(x))),
  };
}

/** The base model's answers, with the method of the tuning stepping in where it has a say. */
export function tunedSeams(builder: GraphBuilder, options: SeamOptions): Seams {
  const base = baseSeams(builder, options);
  const adapter = options.side === 'base' ? undefined : options.tuning?.adapter;
  if (adapter === undefined) return withDropout(builder, base, options);
  const { seed, idOrder, virtual } = options;
  const tools = { ...linearTools(builder, options, adapter.residuals), builder, seed, idOrder, virtual };
  return withDropout(builder, { ...base, ...adapter.seams(base, tools) }, options);
}

/** Drops values of each half of a block, as GPT-2's resid_pdrop and BERT's hidden_dropout_prob do. */
function withDropout(builder: GraphBuilder, seams: Seams, { seed, dropout = 0 }: SeamOptions): Seams {
  if (seed === undefined || dropout === 0) return seams;
  return {
    ...seams,
    sublayer(layer, kind, x, residual, compute, norm) {
      const dropped = (input: Value) =>
        builder.dropout(compute(input), seed, dropout, `layers.${layer}.${kind}/dropout`);
      return seams.sublayer(layer, kind, x, residual, dropped, norm);
    },
  };
}
