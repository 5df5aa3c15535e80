/** The parts that models are put together from: norms, rotation, attention, MLPs. Activations are f32 [rows, width]. */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Activation, Value } from '../graph/types.ts';
import type { RopeConfig } from './rope-config.ts';
import type { AttentionSite, HeadSeams, Seams } from './seams.ts';

/** What the parts of a model add their nodes with. */
export interface Tools {
  readonly builder: GraphBuilder;
  readonly seams: Seams;
  /** i32 [rows] */
  readonly positions: Value;
  readonly tablePositions: number;
  /** Path of the bare decoder: `model`, or that inside of a larger model. */
  readonly root: string;
  /** How many texts the rows are of, all of one length; absent: one. */
  readonly sequences?: number | undefined;
}

const leafOf = (module: string): string => module.slice(module.lastIndexOf('.') + 1);

/** Normalises x [rows, width] with the parameters of a module. */
export type Norm = (module: string, x: Value) => Value;

export const rmsNorm =
  ({ builder, seams }: Tools, epsilon: number, weightOffset = 0): Norm =>
  (module, x) =>
    builder.within(leafOf(module), () =>
      builder.rmsNorm(x, seams.parameter(`${module}.weight`), epsilon, weightOffset),
    );

/** `hasBias`: false where nothing is added after the weight. */
export const layerNorm =
  (
    { builder, seams }: { readonly builder: GraphBuilder; readonly seams: HeadSeams },
    epsilon: number,
    hasBias = true,
  ): Norm =>
  (module, x) =>
    builder.within(leafOf(module), () => {
      const bias = hasBias ? seams.parameter(`${module}.bias`) : builder.constant(0, [x.shape[1]!]);
      return builder.layerNorm(x, seams.parameter(`${module}.weight`), bias, epsilon);
    });

/** Normalises each head on its own: [rows, heads·headDim] is seen as [rows·heads, headDim]. */
export const perHead =
  ({ builder }: Tools, headDim: number, norm: Norm): Norm =>
  (module, x) =>
    builder.reshape(norm(module, builder.reshape(x, [(x.shape[0]! * x.shape[1]!) / headDim, headDim])), x.shape);

/** The embeddings of ids, at the module name that most decoders have. */
export const embedTokens = ({ builder, seams, root }: Tools, ids: Value): Value =>
  builder.within(`${root}.embed_tokens`, () => seams.embed(`${root}.embed_tokens`, ids));

/** The embeddings of ids and then the layers in order, at the module names that most decoders have. */
export const layerStack = (
  tools: Tools,
  layers: number,
  ids: Value,
  layer: (index: number, hidden: Value) => Value,
): Value => layersOver(tools, layers, embedTokens(tools, ids), layer);

/** The layers in order, over what is embedded. */
export function layersOver(
  { builder, root }: Tools,
  layers: number,
  embedded: Value,
  layer: (index: number, hidden: Value) => Value,
): Value {
  let hidden = embedded;
  for (let index = 0; index < layers; index++)
    hidden = builder.within(`${root}.layers.${index}`, () => layer(index, hidden));
  return hidden;
}

/** A rotary embedding and the persistent table of its cosines and sines; `width` numbers of each head are turned. */
export interface Rotary {
  readonly table: string;
  readonly rope: RopeConfig;
  readonly width: number;
  /** The pairs that are turned are neighbours. */
  readonly neighbours?: boolean;
  /** Grows with the position, by steps of so many: 1 + beta·ln(1 + ⌊position / every⌋) (Llama 4's temperature). */
  readonly growth?: { readonly beta: number; readonly every: number };
}

/** Turns the heads of x [rows, heads·headDim] by the positions of the rows. */
export function rotate(tools: Tools, { table, width, neighbours = false }: Rotary, headDim: number, x: Value): Value {
  const type = { shape: [tools.tablePositions, width], dtype: 'f32' } as const;
  return tools.builder.rope(x, tools.builder.parameter(table, type, 'table'), tools.positions, headDim, neighbours);
}

export interface AttentionForm extends Omit<AttentionSite, 'scale'> {
  /** Of the attention module. */
  readonly path: string;
  /** Names of the projections in it; default q_proj, k_proj and v_proj. */
  readonly projections?: readonly [q: string, k: string, v: string];
  /** Default: 1/√headDim. */
  readonly scale?: number;
  /** What is done to queries (`q`) and keys (`k`) before attention, such as a norm and the rotation. */
  readonly prepare?: (name: 'q' | 'k', x: Value) => Value;
  /** The output projection's name; default o_proj. */
  readonly output?: string;
}

const standardProjections = ['q_proj', 'k_proj', 'v_proj'] as const;

/** Attention with a projection each for queries, keys and values. x [rows, hidden] → [rows, hidden]. */
export function selfAttention(
  { seams }: { readonly seams: Pick<Seams, 'linear' | 'attention' | 'attentionOutput'> },
  form: AttentionForm,
  x: Value,
): Value {
  const { path, projections = standardProjections, prepare = (_, y) => y, output = 'o_proj', ...site } = form;
  const [query, key, value] = projections;
  const q = prepare('q', seams.linear(`${path}.${query}`, x));
  const k = prepare('k', seams.linear(`${path}.${key}`, x));
  const v = seams.linear(`${path}.${value}`, x);
  const y = seams.attention({ scale: site.headDim ** -0.5, ...site }, q, k, v);
  return seams.attentionOutput(site.layer, x, seams.linear(`${path}.${output}`, y));
}

/** The modules of an MLP that gates: f(gate(x)) · up(x), then down. */
export function gatedMlp({ builder, seams }: Tools, path: string, activation: Activation, x: Value): Value {
  const gate = seams.linear(`${path}.gate_proj`, x);
  const up = seams.linear(`${path}.up_proj`, x);
  return seams.linear(`${path}.down_proj`, builder.node('gated_activation', [gate, up], { activation }));
}

/** The same with gate and up as the halves of one matrix; the modules by their paths. */
export function fusedGatedMlp(
  { builder, seams }: Tools,
  [both, down]: readonly [string, string],
  { intermediateSize, activation }: { readonly intermediateSize: number; readonly activation: Activation },
  x: Value,
): Value {
  const parts = builder.split(seams.linear(both, x), [intermediateSize, intermediateSize]);
  return seams.linear(down, builder.node('gated_activation', parts, { activation }));
}

/** second(f(first(x))), the modules by their paths. */
export function plainMlp(
  { builder, seams }: { readonly builder: GraphBuilder; readonly seams: HeadSeams },
  [first, second]: readonly [string, string],
  activation: Activation,
  x: Value,
): Value {
  return seams.linear(second, builder.activation(seams.linear(first, x), activation));
}

/** The two halves of a layer of BERT's kind, x [rows, hidden] → [rows, hidden], and the modules of the norms behind them. */
interface PostNormForm {
  readonly attention: (x: Value) => Value;
  readonly attentionNorm: string;
  readonly mlp: (x: Value) => Value;
  readonly mlpNorm: string;
}

/** A layer of attention and MLP whose sums are normed behind them. hidden [rows, hidden] → [rows, hidden]. */
export function postNormLayer(tools: Tools, layer: number, epsilon: number, hidden: Value, form: PostNormForm): Value {
  const { builder, seams } = tools;
  const { attention, attentionNorm, mlp, mlpNorm } = form;
  const norm = layerNorm(tools, epsilon);
  const attended = seams.sublayer(
    layer,
    'attention',
    hidden,
    hidden,
    (x) => builder.within('attention', () => attention(x)),
    (sum) => norm(attentionNorm, sum),
  );
  return seams.sublayer(layer, 'mlp', attended, attended, mlp, (sum) => norm(mlpNorm, sum));
}
