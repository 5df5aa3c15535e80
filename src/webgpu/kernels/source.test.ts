import { afterAll, describe, expect, it } from 'vitest';
import { createNodeGpu } from '../../cli/node-gpu.ts';
import { optimizerOps } from '../../graph/types.ts';
import { bindingNames, type FloatType, type KernelSpec, type MatmulTile, type WeightType } from '../../plan/kernels.ts';
import { portable } from '../../plan/profile.ts';
import { tileCandidates } from '../../plan/tile-table.ts';
import type { Access } from '../../plan/types.ts';
import { requestDevice } from '../device.ts';
import { kernelShader } from './source.ts';

/** The null backend compiles WGSL to the end of Tint, with the limits of a portable device. */
const { device, health } = await requestDevice(await createNodeGpu({ backend: 'null' }));
afterAll(() => health.destroy());

const types: readonly FloatType[] = ['f32', 'bf16', 'f16'];
const quantised = ['int8', 'int4', 'nf4'] as const;
const weights: readonly WeightType[] = [...types, ...quantised];
const both = [false, true];

const tiles: readonly MatmulTile[] = [
  { kind: 'direct', rows: 1, columns: 1, threadsX: 64, threadsY: 1 },
  { kind: 'direct', rows: 1, columns: 4, threadsX: 64, threadsY: 1 },
  { kind: 'direct', rows: 8, columns: 8, threadsX: 4, threadsY: 4 },
  { kind: 'subgroup', rows: 16, columns: 4, lanes: 4 },
  { kind: 'subgroup', rows: 12, columns: 8, lanes: 4 },
  { kind: 'subgroup', rows: 8, columns: 4, lanes: 32 },
  { kind: 'shared', blockM: 16, blockN: 64, blockK: 16, threadM: 2, threadN: 4 },
  { kind: 'shared', blockM: 64, blockN: 16, blockK: 16, threadM: 4, threadN: 2 },
  { kind: 'shared', blockM: 64, blockN: 64, blockK: 16, threadM: 4, threadN: 4 },
  { kind: 'shared', blockM: 64, blockN: 64, blockK: 8, threadM: 8, threadN: 4 },
  { kind: 'shared', blockM: 64, blockN: 16, blockK: 16, threadM: 4, threadN: 2, half: true },
];

const matmulsOf = (tile: MatmulTile): KernelSpec[] =>
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
          { ...common, grouping: 'parts', bType: 'bf16', second: 'f32', addend: 'row' } as const,
          { ...common, grouping: 'terms', bType: 'bf16', second: 'f32', addend: 'kept' } as const,
        ];
      }),
    ),
  );

const candidates: KernelSpec[] = [
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
const activations = ['silu', 'gelu', 'gelu_tanh', 'relu', 'tanh'] as const;
const elementwise: KernelSpec[] = both.flatMap((vec4) =>
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

const rows: KernelSpec[] = both.flatMap((perThread) => [
  ...both.flatMap((vec4) =>
    types.flatMap((weightType) => [
      { kernel: 'rms_norm', weightType, perThread, vec4 } as const,
      ...addends.map((addend) => ({ kernel: 'rms_norm_backward', weightType, perThread, vec4, addend }) as const),
    ]),
  ),
  ...both.flatMap((vec4) => [
    { kernel: 'layer_norm', perThread, vec4 } as const,
    ...addends.map((addend) => ({ kernel: 'layer_norm_backward', perThread, vec4, addend }) as const),
  ]),
  ...both.flatMap((gradient) =>
    both.flatMap((softCap) =>
      both.map((weighted) => ({ kernel: 'cross_entropy_rows', gradient, weighted, perThread, softCap }) as const),
    ),
  ),
]);

const attention: KernelSpec[] = both.flatMap((direct) =>
  [1, 7, 32, 64, 80, 128, 256].flatMap((headDim) =>
    (['attention', 'attention_backward_query', 'attention_backward_key'] as const).flatMap((kernel) =>
      both.map((softCap) => ({ kernel, headDim, direct, softCap })),
    ),
  ),
);

const others: KernelSpec[] = [
  ...both.flatMap((inPlace) =>
    (['none', 'parts'] as const).flatMap((grouping) =>
      (['rope', 'dropout'] as const).map((kernel) => ({ kernel, inPlace, grouping }) as const),
    ),
  ),
  ...weights.map((tableType) => ({ kernel: 'embedding', tableType }) as const),
  ...both.flatMap((gradient) =>
    (['squared_error', 'binary_cross_entropy'] as const).map(
      (loss) => ({ kernel: 'prediction_loss', loss, gradient }) as const,
    ),
  ),
  ...types.flatMap((source) => quantised.map((target) => ({ kernel: 'quantise', source, target }) as const)),
  ...both.flatMap((vec4) =>
    (['split', 'concat'] as const).flatMap((direction) =>
      ([2, 3] as const).map((pieces) => ({ kernel: 'pieces', direction, pieces, vec4 }) as const),
    ),
  ),
  ...both.map((inPlace) => ({ kernel: 'uniform_noise', inPlace }) as const),
  ...optimizerOps.map((kernel) => ({ kernel }) as const),
  ...(
    [
      'column_sum',
      'rms_norm_weight_gradient',
      'layer_norm_weight_gradient',
      'attention_statistics',
      'embedding_backward',
      'accumulate',
      'fill',
      'retain',
      'sum_squares',
      'norm',
      'cache_write',
      'im2col',
      'col2im',
      'max_pool',
      'max_pool_backward',
      'squared_deviations',
      'moments_backward',
      'batch_norm',
      'batch_norm_weight_gradient',
      'batch_norm_statistics_gradient',
      'batch_norm_input_gradient',
    ] as const
  ).map((kernel) => ({ kernel })),
];

/** The bindings a kernel writes, by name; the plan binds some more for writing where they share a buffer. */
const written = new Set(
  'out out2 y rstd statistics whole piece0 piece1 piece2 dx lse stats dq dk dv logits rowLoss target partial norm parameter moment1 moment2 words1 largest1 words2 largest2 momentum square delta cache x a b errors gradient dWeight dMean dVariance'.split(
    ' ',
  ),
);

/** As the plan may bind it: what the kernel writes, or all, for writing. */
const accessModes = (spec: KernelSpec): readonly (readonly Access[])[] => {
  const names = bindingNames(spec);
  return [names.map((name) => (written.has(name) ? 'read_write' : 'read')), names.map(() => 'read_write')];
};

const variants: readonly (readonly [string, readonly KernelSpec[]])[] = [
  ...tiles.map((tile) => [`matmul ${Object.values(tile).join(' ')}`, matmulsOf(tile)] as const),
  ['measured tiles', candidates],
  ['elementwise', elementwise],
  ['row', rows],
  ['attention', attention],
  ['other', others],
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
  const { code, bindingBytes } = kernelShader(spec, access);
  const module = device.createShaderModule({ code });
  const { messages } = await module.getCompilationInfo();
  if (messages.length > 0) return messages.map(({ message }) => `${JSON.stringify(spec)}: ${message}`);
  try {
    const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module } });
    const problems = await sizeProblems(pipeline.getBindGroupLayout(0), bindingBytes);
    return problems.map((problem) => `${JSON.stringify(spec)}: ${problem}`);
  } catch (error) {
    return [`${JSON.stringify(spec)}: ${String(error)}`];
  }
}

describe('WGSL of every kernel', () => {
  it.each(variants)('is valid within portable limits and says what its bindings need: %s', async (_, specs) => {
    const problems = await Promise.all(
      specs.flatMap((spec) => accessModes(spec).map((access) => problemsOf(spec, access))),
    );
    expect(problems.flat()).toEqual([]);
  });

  it('is the same text for the same spec, so that pipelines are shared', () => {
    const spec = matmulsOf(tiles[0]!)[0]!;
    const access: readonly Access[] = ['read', 'read', 'read_write'];
    expect(kernelShader({ ...spec }, access)).toEqual(kernelShader(spec, [...access]));
  });
});
