/** Stacks of experts in a GGUF file: gate and up apart, the router as it is. */
import { describe, expect, test } from 'vitest';
import { openGguf } from '../../files/gguf-read.ts';
import { f32 } from '../../files/gguf-types.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { written } from '../../testing/written.ts';
import { targets, weightsAlone } from '../targets.ts';
import { lfm2Moe } from './families/lfm2.ts';
import { graniteMoe } from './families/llama.ts';
import { olmoe } from './families/others.ts';
import { metadataReader } from './metadata-reader.ts';

const [experts, width, hidden] = [5, 20, 36];
const path = 'model.layers.1.block_sparse_moe';
const stacks = [`${path}.experts.gate_up_proj`, `${path}.experts.down_proj`] as const;
/** Whole numbers, which 16 bits hold. */
const numbers = Float32Array.from({ length: experts * 2 * width * hidden }, (_, index) => index % 1999);

async function file(trained: readonly string[]) {
  const { open } = await goldenRun('granitemoe-lora');
  const tuning = {
    trained: new Map(trained.map((name) => [name, { learningRateFactor: 1 }])),
    adapterParameters: [],
  };
  const values = (name: string) => numbers.slice(0, name === stacks[0] ? numbers.length : numbers.length / 2);
  const run = weightsAlone({ base: open, baseName: null, tuning }, async (name) => values(name));
  const files = await written(await targets['gguf-f16'].write(run));
  return { open, gguf: await openGguf(files, 'model-f16.gguf') };
}

describe.each([
  ['trained', stacks],
  ['as published', []],
] as const)('experts %s', (_, trained) => {
  test('lie in three stacks', async () => {
    const { open, gguf } = await file(trained);
    const wanted = async (name: string) =>
      trained.length > 0 ? numbers : Float32Array.from(await open.weights.readFloats(open.tensorOf(name)), Math.fround);
    const [both, down] = [await wanted(stacks[0]), await wanted(stacks[1])];
    const close = (found: Float32Array, value: (index: number) => number) => {
      for (const [index, each] of found.entries())
        expect(Math.abs(each - value(index))).toBeLessThanOrEqual(2 ** -11 * Math.abs(value(index)) + 2 ** -25);
    };
    // [experts, width, hidden], of which gate is the first half of an expert's rows and up the second.
    const halves = [
      ['gate', 0],
      ['up', width],
    ] as const;
    for (const [name, before] of halves) {
      expect(gguf.tensors.get(`blk.1.ffn_${name}_exps.weight`)!.shape).toEqual([experts, width, hidden]);
      close(await gguf.readFloats(`blk.1.ffn_${name}_exps.weight`), (index) => {
        const [expert, rest] = [Math.floor(index / (width * hidden)), index % (width * hidden)];
        return both[(expert * 2 * width + before) * hidden + rest]!;
      });
    }
    expect(gguf.tensors.get('blk.1.ffn_down_exps.weight')!.shape).toEqual([experts, hidden, width]);
    close(await gguf.readFloats('blk.1.ffn_down_exps.weight'), (index) => down[index]!);
  });
});

test('the router is not rounded', async () => {
  const { open, gguf } = await file([]);
  const published = await open.weights.readFloats(open.tensorOf(`${path}.router.weight`));
  expect(gguf.tensors.get('blk.0.ffn_gate_inp.weight')!.type).toBe('F32');
  expect(await gguf.readFloats('blk.1.ffn_gate_inp.weight')).toEqual(published);
});

test('a file that scales the weights of experts is no base', async () => {
  const { gguf } = await file([]);
  const scaled = (scale: number) => {
    const metadata = new Map([...gguf.metadata, ['granitemoe.expert_weights_scale', f32(scale)] as const]);
    return () => graniteMoe.config(metadataReader({ ...gguf, metadata }, 'a.gguf', 'granitemoe', new Map()));
  };
  expect(scaled(1)()).toMatchObject({ num_local_experts: experts, num_experts_per_tok: 3 });
  expect(scaled(2.5)).toThrow('the weights of its experts are scaled by 2.5');
});

describe('what llama.cpp computes otherwise is refused', () => {
  const sizes = {
    ...{ vocab_size: 64, hidden_size: 32, intermediate_size: 48, num_hidden_layers: 2, num_attention_heads: 4 },
    ...{
      num_key_value_heads: 4,
      num_experts: 4,
      num_experts_per_tok: 2,
      layer_types: ['conv', 'full_attention'],
      num_dense_layers: 1,
    },
  };
  const families = { olmoe, granitemoe: graniteMoe, lfm2moe: lfm2Moe };
  test.each([
    ['olmoe', { norm_topk_prob: true }, "weights of a token's experts are made to add up to 1"],
    ['olmoe', { num_key_value_heads: 2 }, 'fewer heads of keys than of queries'],
    ['olmoe', { attention_bias: true }, 'its attention has biases'],
    ['olmoe', { hidden_act: 'gelu' }, 'its activation is gelu'],
    ['granitemoe', { hidden_act: 'gelu' }, 'its activation is gelu'],
    ['lfm2moe', { routed_scaling_factor: 1.5 }, 'do not add up to 1'],
    ['lfm2moe', { norm_topk_prob: false }, 'do not add up to 1'],
    ['lfm2moe', { use_expert_bias: false }, 'nothing is added to the scores'],
    ['lfm2moe', { num_dense_layers: 2 }, 'none of its layers has experts'],
    ['lfm2moe', { conv_bias: true }, 'its convolutions have biases'],
  ] as const)('%s %j', (name, other, reason) => {
    expect(() => families[name].entries({ ...sizes, ...other })).toThrow(reason);
    expect(() => families[name].entries(sizes)).not.toThrow();
  });
});
