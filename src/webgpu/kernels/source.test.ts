import { afterAll, describe, expect, it } from 'vitest';
import { createNodeGpu } from '../../cli/node-gpu.ts';
import type { FloatDType, WeightDType } from '../../graph/types.ts';
import type { Access } from '../../plan/kernels/definition.ts';
import type { MatmulTile } from '../../plan/kernels/matmul.ts';
import { bindingsOf, type KernelName, type KernelSpec, leastBindingBytes, type SpecOf } from '../../plan/kernels.ts';
import { portable } from '../../plan/profile.ts';
import { tileCandidates } from '../../plan/tile-table.ts';
import { requestDevice } from '../device.ts';
import { kernelShader } from './source.ts';

/** The null backend compiles WGSL to the end of Tint, with the limits of a portable device. */
const { device, health } = await requestDevice(await createNodeGpu({ backend: 'null' }));
afterAll(() => health.destroy());

const types: readonly FloatDType[] = ['f32', 'bf16', 'f16'];
const made = ['int8', 'int4', 'nf4'] as const;
const quantised = [...made, 'fp4'] as const;
const weights: readonly WeightDType[] = [...types, ...quantised];
const both = [false, true];

const tiles: readonly MatmulTile[] = [
  { kind: 'direct', rows: 1, columns: 1, threadsX: 64, threadsY: 1 },
  { kind: 'direct', rows: 1, columns: 4, threadsX: 64, threadsY: 1 },
  { kind: 'direct', rows: 8, columns: 8, threadsX: 4, threadsY: 4 },
  { kind: 'subgroup', rows: 16, columns: 4, lanes: 4 },
  { kind: 'subgroup', rows: 32, columns: 8, lanes: 4 },
  { kind: 'subgroup', rows: 8, columns: 4, lanes: 32 },
  { kind: 'shared', blockM: 16, blockN: 64, blockK: 16, threadM: 2, threadN: 4 },
  { kind: 'shared', blockM: 64, blockN: 16, blockK: 16, threadM: 4, threadN: 2 },
  { kind: 'shared', blockM: 64, blockN: 64, blockK: 16, threadM: 4, threadN: 4 },
  { kind: 'shared', blockM: 64, blockN: 64, blockK: 8, threadM: 8, threadN: 4 },
  { kind: 'shared', blockM: 64, blockN: 16, blockK: 16, threadM: 4, threadN: 2, half: true },
  { kind: 'shared', blockM: 32, blockN: 16, blockK: 64, threadM: 4, threadN: 4, threadsK: 8 },
  { kind: 'shared', blockM: 32, blockN: 16, blockK: 64, threadM: 4, threadN: 2, threadsK: 4, half: true },
];

const gatedForms = [
  { of: 'gate', activation: 'silu', keeps: true },
  { of: 'gate', activation: 'gelu_tanh', keeps: false },
  { of: 'gradient', activation: 'gelu', keeps: false },
] as const;

const matmulsOf = (tile: MatmulTile): SpecOf<'matmul'>[] =>
  both.flatMap((transposeA) =>
    both.flatMap((transposeB) =>
      both.flatMap((vec4) => {
        const common = { kernel: 'matmul', grouping: 'none', transposeA, transposeB, vec4, tile } as const;
        return [
          ...weights.map((bType) => ({ ...common, bType, second: 'none', addend: 'none' }) as const),
          ...(['matrix', 'row', 'self', 'kept'] as const).map(
            (addend) => ({ ...common, bType: 'f32', second: 'none', addend }) as const,
          ),
          { ...common, bType: 'bf16', second: 'f32', addend: 'matrix' } as const,
          { ...common, bType: 'nf4', second: 'nf4', addend: 'none' } as const,
          ...(tile.kind === 'shared' && !transposeA ? gatedForms : []).map(
            (gated) => ({ ...common, bType: 'bf16', second: 'f32', addend: 'none', gated }) as const,
          ),
          { ...common, grouping: 'parts', bType: 'bf16', second: 'f32', addend: 'row' } as const,
          { ...common, grouping: 'terms', bType: 'bf16', second: 'f32', addend: 'kept' } as const,
          ...(['f32', 'bf16', 'nf4'] as const).flatMap((bType) =>
            (['none', 'kept'] as const).map(
              (addend) => ({ ...common, grouping: 'experts', bType, second: 'none', addend }) as const,
            ),
          ),
        ];
      }),
    ),
  );

const candidates: SpecOf<'matmul'>[] = [
  [64, 64],
  [8, 64],
  [64, 8],
].flatMap(([m, n]) =>
  tileCandidates({ m: m!, n: n! }, portable).flatMap((tile) =>
    both.flatMap((transposeA) =>
      both.map((transposeB) => {
        const form = { kernel: 'matmul', grouping: 'none', transposeA, transposeB, vec4: true, tile } as const;
        return { ...form, bType: 'bf16', second: 'f32', addend: 'matrix' } as const;
      }),
    ),
  ),
);

const addends = ['none', 'matrix', 'self'] as const;
const activations = ['silu', 'gelu', 'gelu_tanh', 'relu', 'tanh', 'sigmoid', 'softplus', 'log1mexp'] as const;
const elementwise = both.flatMap((vec4) =>
  (['none', 0] as const).flatMap((inPlace) => [
    ...(['add', 'mul', 'scale'] as const).map(
      (operation) => ({ kernel: 'elementwise', operation, activation: '', inPlace, vec4 }) as const,
    ),
    ...(['activation', 'activation_backward', 'gated_activation', 'gated_activation_backward'] as const).flatMap(
      (operation) =>
        activations.map((activation) => ({ kernel: 'elementwise', operation, activation, inPlace, vec4 }) as const),
    ),
  ]),
);

/** Row kernels in their four forms. */
const rowForms = both.flatMap((perThread) => both.map((vec4) => ({ perThread, vec4 })));

const normWeights = [...types, 'none'] as const;

const headDims = [1, 7, 32, 64, 80, 128, 256, 512];
const attentionForms = both.flatMap((direct) =>
  headDims.flatMap((headDim) =>
    both.flatMap((softCap) => (direct ? [0, 4, 8] : [0]).map((lanes) => ({ headDim, direct, lanes, softCap }))),
  ),
);

const convolutionForms = [2, 3, 4].flatMap((taps) =>
  both.flatMap((vec4) => types.map((weightType) => ({ taps, vec4, weightType }) as const)),
);
const keptForms = [2, 3, 4].flatMap((taps) => both.map((continues) => ({ taps, continues })));

const deltaForms = [1, 3, 4, 128].flatMap((keyWidth) =>
  [1, 8, 128].flatMap((valueWidth) => both.map((continues) => ({ keyWidth, valueWidth, continues }))),
);

const routeForms = (['softmax', 'sigmoid'] as const).flatMap((score) =>
  both.map((normalised) => ({ score, normalised })),
);

const inPlaces = both.map((inPlace) => ({ inPlace }));
const groupings = both.flatMap((inPlace) => (['none', 'parts'] as const).map((grouping) => ({ inPlace, grouping })));

const only = <K extends KernelName>(kernel: K): readonly { readonly kernel: K }[] => [{ kernel }];

/** Variants of every kernel but matmul. A missing one is a compile error. */
const variants: { readonly [K in Exclude<KernelName, 'matmul'>]: readonly SpecOf<K>[] } = {
  elementwise,
  rms_norm: rowForms.flatMap((form) =>
    normWeights.map((weightType) => ({ kernel: 'rms_norm', weightType, ...form }) as const),
  ),
  rms_norm_backward: rowForms.flatMap((form) =>
    normWeights.flatMap((weightType) =>
      addends.map((addend) => ({ kernel: 'rms_norm_backward', weightType, ...form, addend }) as const),
    ),
  ),
  rms_norm_weight_gradient: only('rms_norm_weight_gradient'),
  layer_norm: rowForms.map((form) => ({ kernel: 'layer_norm', ...form }) as const),
  layer_norm_backward: rowForms.flatMap((form) =>
    addends.map((addend) => ({ kernel: 'layer_norm_backward', ...form, addend }) as const),
  ),
  layer_norm_weight_gradient: only('layer_norm_weight_gradient'),
  inverse_norm: both.flatMap((perThread) =>
    weights.map((weightType) => ({ kernel: 'inverse_norm', weightType, perThread }) as const),
  ),
  column_sum: only('column_sum'),
  slab_sum: both.flatMap((vec4) =>
    (['none', 'parts'] as const).flatMap((grouping) =>
      (['none', 'matrix', 'row', 'self', 'kept'] as const).map(
        (addend) => ({ kernel: 'slab_sum', addend, grouping, vec4 }) as const,
      ),
    ),
  ),
  cross_entropy_rows: both.flatMap((perThread) =>
    both.flatMap((gradient) =>
      both.flatMap((softCap) =>
        both.map((weighted) => ({ kernel: 'cross_entropy_rows', gradient, weighted, perThread, softCap }) as const),
      ),
    ),
  ),
  divergence_rows: both.flatMap((perThread) =>
    both.map((softCap) => ({ kernel: 'divergence_rows', perThread, softCap }) as const),
  ),
  prediction_loss: both.flatMap((gradient) =>
    (['squared_error', 'binary_cross_entropy'] as const).map(
      (loss) => ({ kernel: 'prediction_loss', loss, gradient }) as const,
    ),
  ),
  attention: attentionForms.map((form) => ({ kernel: 'attention', ...form }) as const),
  attention_statistics: only('attention_statistics'),
  attention_backward_query: attentionForms.map((form) => ({ kernel: 'attention_backward_query', ...form }) as const),
  attention_backward_key: attentionForms.map((form) => ({ kernel: 'attention_backward_key', ...form }) as const),
  relative_attention: headDims.map((headDim) => ({ kernel: 'relative_attention', headDim }) as const),
  relative_attention_query: headDims.map((headDim) => ({ kernel: 'relative_attention_query', headDim }) as const),
  relative_attention_key: headDims.flatMap((headDim) =>
    (['k', 'v'] as const).map((of) => ({ kernel: 'relative_attention_key', headDim, of }) as const),
  ),
  relative_attention_places: headDims.map((headDim) => ({ kernel: 'relative_attention_places', headDim }) as const),
  rope: groupings.map((form) => ({ kernel: 'rope', ...form }) as const),
  dropout: groupings.map((form) => ({ kernel: 'dropout', ...form }) as const),
  uniform_noise: inPlaces.map((form) => ({ kernel: 'uniform_noise', ...form }) as const),
  embedding: weights.map((tableType) => ({ kernel: 'embedding', tableType }) as const),
  embedding_backward: only('embedding_backward'),
  quantise: types.flatMap((source) => made.map((target) => ({ kernel: 'quantise', source, target }) as const)),
  pieces: both.flatMap((vec4) =>
    (['split', 'concat'] as const).flatMap((direction) =>
      ([2, 3] as const).map((pieces) => ({ kernel: 'pieces', direction, pieces, vec4 }) as const),
    ),
  ),
  accumulate: only('accumulate'),
  fill: only('fill'),
  retain: only('retain'),
  cache_write: only('cache_write'),
  sum_squares: only('sum_squares'),
  norm: only('norm'),
  adamw: only('adamw'),
  adamw_8bit: only('adamw_8bit'),
  sgd: only('sgd'),
  rmsprop: only('rmsprop'),
  adadelta: only('adadelta'),
  im2col: only('im2col'),
  col2im: only('col2im'),
  max_pool: only('max_pool'),
  max_pool_backward: only('max_pool_backward'),
  depthwise_convolution: only('depthwise_convolution'),
  depthwise_convolution_input_gradient: only('depthwise_convolution_input_gradient'),
  depthwise_convolution_weight_gradient: only('depthwise_convolution_weight_gradient'),
  squared_deviations: only('squared_deviations'),
  moments_backward: only('moments_backward'),
  batch_norm: only('batch_norm'),
  batch_norm_weight_gradient: only('batch_norm_weight_gradient'),
  batch_norm_statistics_gradient: only('batch_norm_statistics_gradient'),
  batch_norm_input_gradient: only('batch_norm_input_gradient'),
  causal_convolution: convolutionForms.flatMap((form) =>
    both.flatMap((continues) =>
      both.map((bias) => ({ kernel: 'causal_convolution', ...form, continues, bias }) as const),
    ),
  ),
  causal_convolution_input_gradient: convolutionForms.map(
    (form) => ({ kernel: 'causal_convolution_input_gradient', ...form }) as const,
  ),
  causal_convolution_kept: keptForms.map((form) => ({ kernel: 'causal_convolution_kept', ...form }) as const),
  causal_convolution_weight_gradient: keptForms.map(
    (form) => ({ kernel: 'causal_convolution_weight_gradient', ...form }) as const,
  ),
  delta_gates: only('delta_gates'),
  delta_gates_backward: only('delta_gates_backward'),
  gated_delta_gates: only('gated_delta_gates'),
  gated_delta_rule: deltaForms.flatMap((form) =>
    [
      { output: true, errors: true, after: false },
      { output: true, errors: false, after: true },
      { output: true, errors: true, after: true },
    ].map((written) => ({ kernel: 'gated_delta_rule', ...form, ...written, vec4: form.keyWidth % 4 === 0 }) as const),
  ),
  gated_delta_error_gradient: deltaForms.map(
    ({ continues, ...form }) =>
      ({ kernel: 'gated_delta_error_gradient', ...form, before: continues, vec4: form.keyWidth % 4 === 0 }) as const,
  ),
  gated_delta_query_gradient: deltaForms.map(
    (form) => ({ kernel: 'gated_delta_query_gradient', ...form, vec4: form.valueWidth % 4 === 0 }) as const,
  ),
  gated_delta_key_gradient: deltaForms.map(
    ({ continues: _, ...form }) =>
      ({ kernel: 'gated_delta_key_gradient', ...form, vec4: form.valueWidth % 4 === 0 }) as const,
  ),
  gated_delta_gate_products: only('gated_delta_gate_products'),
  gated_delta_decay_gradient: only('gated_delta_decay_gradient'),
  route: routeForms.flatMap((form) => both.map((biased) => ({ kernel: 'route', ...form, biased }) as const)),
  route_backward: routeForms.map((form) => ({ kernel: 'route_backward', ...form }) as const),
  expert_order: only('expert_order'),
  gather_rows: both.map((weighted) => ({ kernel: 'gather_rows', weighted }) as const),
  combine_rows: both.map((weighted) => ({ kernel: 'combine_rows', weighted }) as const),
  combine_rows_backward: both.map((perThread) => ({ kernel: 'combine_rows_backward', perThread }) as const),
  mix_streams: both.map((vec4) => ({ kernel: 'mix_streams', vec4 }) as const),
  stream_products: rowForms.map((form) => ({ kernel: 'stream_products', ...form }) as const),
};

/** As the plan may bind it: what the kernel writes, or all, for writing. */
const accessModes = (spec: KernelSpec): readonly (readonly Access[])[] => {
  const bindings = bindingsOf(spec);
  return [bindings.map(({ access }) => access), bindings.map(() => 'read_write')];
};

const products: readonly (readonly [string, readonly KernelSpec[]])[] = [
  ...tiles.map((tile) => [`matmul ${Object.values(tile).join(' ')}`, matmulsOf(tile)] as const),
  ['matmul with measured tiles', candidates],
];

const anyBuffer = device.createBuffer({ size: 1 << 16, usage: 128 | 64 });

/** Whether the device takes bindings of these sizes for a layout that it made from the shader's text. */
async function accepts(layout: GPUBindGroupLayout, sizes: readonly number[]): Promise<boolean> {
  device.pushErrorScope('validation');
  const entries = sizes.map((size, binding) => ({ binding, resource: { buffer: anyBuffer, size } }));
  device.createBindGroup({ layout, entries });
  return (await device.popErrorScope()) === null;
}

/** Whether `bindingBytes` is what the shader needs: a word less is refused for each binding. */
async function sizeProblems(layout: GPUBindGroupLayout, bindingBytes: readonly number[]): Promise<string[]> {
  const problems = (await accepts(layout, bindingBytes)) ? [] : [`${bindingBytes} bytes are not enough`];
  for (const at of bindingBytes.keys()) {
    const less = bindingBytes.map((bytes, i) => (i === at ? bytes - 4 : bytes));
    if (await accepts(layout, less)) problems.push(`${bindingBytes} bytes are too many for binding ${at}`);
  }
  return problems;
}

async function problemsOf(spec: KernelSpec, access: readonly Access[]): Promise<string[]> {
  const module = device.createShaderModule({ code: kernelShader(spec, access) });
  const { messages } = await module.getCompilationInfo();
  if (messages.length > 0) return messages.map(({ message }) => `${JSON.stringify(spec)}: ${message}`);
  try {
    const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module } });
    const problems = await sizeProblems(pipeline.getBindGroupLayout(0), leastBindingBytes(spec));
    return problems.map((problem) => `${JSON.stringify(spec)}: ${problem}`);
  } catch (error) {
    return [`${JSON.stringify(spec)}: ${String(error)}`];
  }
}

describe('WGSL of every kernel', () => {
  it.each([...products, ...Object.entries(variants)])(
    'is valid within portable limits and says what its bindings need: %s',
    async (_, specs) => {
      const problems = await Promise.all(
        specs.flatMap((spec) => accessModes(spec).map((access) => problemsOf(spec, access))),
      );
      expect(problems.flat()).toEqual([]);
    },
  );

  it('is the same text for the same spec, so that pipelines are shared', () => {
    const spec = matmulsOf(tiles[0]!)[0]!;
    const access: readonly Access[] = ['read', 'read', 'read_write'];
    expect(kernelShader({ ...spec }, access)).toEqual(kernelShader(spec, [...access]));
  });
});
