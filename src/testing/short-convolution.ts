/**
 * For tests: a tiny model of layers that slide, layers that see everything and gated short convolutions, which keep the
 * last two inputs of their three taps.
 */
import { blobFiles } from '../files/blob-files.ts';
import { weightsOf } from '../files/weights.ts';
import type { Value } from '../graph/types.ts';
import { modelOf } from '../models/architecture.ts';
import { gatedMlp, layerStack, type Rotary, rmsNorm, rotate, selfAttention, type Tools } from '../models/blocks.ts';
import { attentionLayer, type Layer } from '../models/layers.ts';
import type { ParameterInfo, ParameterRole, TextModel } from '../models/model.ts';
import { readRopeConfig } from '../models/rope-config.ts';
import type { OpenModel } from '../training/session/open-model.ts';

const width = 12;
const sizes = { vocabularySize: 128, hiddenSize: width, heads: 3, kvHeads: 1, headDim: 4, maxPositions: 512 };
const rotary: Rotary = { table: 'table/rope', rope: readRopeConfig({ rope_theta: 100 }), width: sizes.headDim };

const shortConvolution: Layer = {
  kind: 'short_conv',
  keeps: [{ name: 'taps', width: 2 * width, per: 'sequence' }],
};

const layers: readonly Layer[] = [
  shortConvolution,
  attentionLayer(sizes),
  shortConvolution,
  attentionLayer({ ...sizes, window: 5 }),
];

// Parameters

/** Every one is drawn. */
const parameter = (name: string, shape: readonly number[], role: ParameterRole, deviation: number): ParameterInfo => {
  const layer = /\.(\d+)\./.exec(name)?.[1];
  return {
    ...{ name, shape, role, publishedNames: [name], fresh: { deviation } },
    module: name.slice(0, name.lastIndexOf('.')),
    ...(layer === undefined ? {} : { layer: Number(layer) }),
  };
};

const linear = (module: string, out: number, inner: number): ParameterInfo =>
  parameter(`${module}.weight`, [out, inner], 'linear', inner ** -0.5);
const norm = (module: string): ParameterInfo => parameter(`${module}.weight`, [width], 'norm', 1);

const parameters: readonly ParameterInfo[] = [
  parameter('model.embed_tokens.weight', [sizes.vocabularySize, width], 'embedding', 1),
  ...layers.flatMap(({ attention }, index) => {
    const path = `model.layers.${index}`;
    const mixes = attention
      ? ['q', 'k', 'v', 'o'].map((part) => {
          const isShared = part === 'k' || part === 'v';
          return linear(`${path}.self_attn.${part}_proj`, isShared ? sizes.headDim : width, width);
        })
      : [
          parameter(`${path}.conv.conv.weight`, [width, 3], 'convolution', 0.6),
          linear(`${path}.conv.in_proj`, 3 * width, width),
          linear(`${path}.conv.out_proj`, width, width),
        ];
    const mlp = [linear(`${path}.mlp.gate_proj`, 16, width), linear(`${path}.mlp.up_proj`, 16, width)];
    return [
      ...[...mixes, ...mlp, linear(`${path}.mlp.down_proj`, width, 16)],
      ...[norm(`${path}.operator_norm`), norm(`${path}.ffn_norm`)],
    ];
  }),
  norm('model.norm'),
];

// Short convolution

/** in_proj gives B, C and x; out_proj takes C · (taps over B · x). */
function convolution({ builder, seams }: Tools, layer: number, path: string, x: Value): Value {
  const projected = seams.linear(`${path}.in_proj`, x);
  const [b, c, input] = builder.split(projected, [width, width, width]) as [Value, Value, Value];
  const weight = seams.parameter(`${path}.conv.weight`);
  const gated = builder.mul(b, input);
  const y = seams.mixer(layer, 'short_conv', ({ batch, starts, before }) => {
    const given = { x: gated, weight, starts, ...(before && { before: before[0]! }) };
    const [output, after] = builder.causalConvolution(given, batch);
    return { output, after: [after] };
  });
  return seams.linear(`${path}.out_proj`, builder.mul(c, y));
}

// Layer

function layer(tools: Tools, index: number, hidden: Value): Value {
  const { builder, seams } = tools;
  const path = `model.layers.${index}`;
  const normed = rmsNorm(tools, 1e-5);
  const prepare = (_: string, y: Value): Value => rotate(tools, rotary, sizes.headDim, y);
  const attends = layers[index]!.attention !== undefined;
  const mixed = seams.sublayer(
    index,
    attends ? 'attention' : 'mixer',
    normed(`${path}.operator_norm`, hidden),
    hidden,
    (x) =>
      attends
        ? selfAttention(tools, { layer: index, path: `${path}.self_attn`, ...sizes, prepare }, x)
        : convolution(tools, index, `${path}.conv`, x),
  );
  return seams.sublayer(index, 'mlp', normed(`${path}.ffn_norm`, mixed), mixed, (x) =>
    builder.within('mlp', () => gatedMlp(tools, `${path}.mlp`, 'silu', x)),
  );
}

// Model

const config = { model_type: 'test_short_conv' };

export const mixedModel: TextModel = modelOf(config, {
  ...sizes,
  modelType: config.model_type,
  layers: layers.length,
  layerKinds: layers,
  parameters,
  headParameter: 'model.embed_tokens.weight',
  rotaries: [rotary],
  buildHidden(tools, ids) {
    const hidden = layerStack(tools, layers.length, ids, (index, x) => layer(tools, index, x));
    return tools.builder.within('model', () => rmsNorm(tools, 1e-5)('model.norm', hidden));
  },
});

const files = blobFiles(new Map([['config.json', new Blob([JSON.stringify(config)])]]));

export const openMixedModel: OpenModel = {
  files,
  model: mixedModel,
  weights: weightsOf(files, { tensors: new Map(), metadata: {} }),
  fresh: new Set(parameters.map(({ name }) => name)),
  dtypes: () => 'f32',
  tensorOf: (name) => name,
};
