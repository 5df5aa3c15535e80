import { expect, test } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import { dropThreshold, randomBits, siteKey } from '../graph/random.ts';
import { interpret } from '../graph/reference/interpret.ts';
import { requireTextModel } from '../models/model.ts';
import { modelFromConfig } from '../models/registry.ts';
import { resolveTuning } from './resolve.ts';
import { tunedSeams } from './seams.ts';

const model = requireTextModel(
  modelFromConfig({
    ...{ model_type: 'gpt2', n_embd: 6, n_layer: 1, n_head: 2, n_inner: 10, vocab_size: 16, n_positions: 8 },
  }),
);
const path = 'transformer.h.0.mlp.c_fc';
const [rows, inner, out, rank, dropped] = [5, 6, 10, 3, 0.4];
const wave = (count: number, factor: number) =>
  Float64Array.from({ length: count }, (_, index) => Math.sin((index + 1) * factor));
const seed = [7, 9] as const;
const values = {
  w: wave(inner * out, 0.7),
  bias: wave(out, 0.3),
  a: wave(rank * inner, 1.1),
  b: wave(out * rank, 0.9),
  m: wave(out, 0.5).map((value) => 1.5 + value),
  x: wave(rows * inner, 1.7),
};

/** What the graph of DoRA gives in training. */
function ours(): Float64Array {
  const settings = { method: 'lora', use_dora: true, lora_r: rank, lora_alpha: 6, lora_dropout: dropped };
  const tuning = resolveTuning(model, { ...settings, lora_target_modules: ['c_fc'] });
  const builder = new GraphBuilder();
  const seams = tunedSeams(builder, {
    ...{ model, tuning, dtypes: () => 'f32' as const },
    ...{ attention: () => expect.fail('there is none here'), mixer: () => expect.fail('there is none here') },
    seed: builder.input('seed', { shape: [2], dtype: 'u32' }),
  });
  const y = seams.linear(path, builder.input('x', { shape: [rows, inner], dtype: 'f32' }));
  const parameters = new Map([
    [`${path}.weight`, values.w],
    [`${path}.bias`, values.bias],
    [`${path}.lora_A.weight`, values.a],
    [`${path}.lora_B.weight`, values.b],
    [`${path}.lora_magnitude_vector`, values.m],
  ]);
  return interpret(builder.finish({ y }), { parameters, inputs: { x: values.x, seed } }).outputs.y!;
}

/**
 * PEFT's `DoraLinearLayer` with dropout, term by term: x·Wᵀ + bias + (g − 1)·drop(x)·Wᵀ + g·s·BA·drop(x), with
 * g = m / ‖W + s·BA‖ by output. W lies as [in, out].
 */
function peft(): Float64Array {
  const { w, bias, a, b, m, x } = values;
  const scale = 6 / rank;
  const update = (o: number, i: number): number =>
    Array.from({ length: rank }, (_, k) => b[o * rank + k]! * a[k * inner + i]!).reduce((sum, term) => sum + term, 0);
  const [threshold, key] = [dropThreshold(dropped), siteKey(`${path}/lora_dropout`)];
  const kept = x.map((value, at) => (randomBits(seed[0], seed[1], key, at) < threshold ? 0 : value / (1 - dropped)));
  expect(kept.filter((value) => value === 0).length).toBeGreaterThan(3);
  return Float64Array.from({ length: rows * out }, (_, at) => {
    const [row, o] = [Math.floor(at / out), at % out];
    const columns = Array.from({ length: inner }, (_, i) => i);
    const sum = (term: (i: number) => number): number => columns.reduce((total, i) => total + term(i), 0);
    const norm = Math.sqrt(sum((i) => (w[i * out + o]! + scale * update(o, i)) ** 2));
    const g = m[o]! / norm;
    const base = sum((i) => x[row * inner + i]! * w[i * out + o]!) + bias[o]!;
    const left = sum((i) => kept[row * inner + i]! * w[i * out + o]!);
    const learned = sum((i) => kept[row * inner + i]! * update(o, i));
    return base + (g - 1) * left + g * scale * learned;
  });
}

test("DoRA with dropout is PEFT's formula, with the same mask for both of its products", () => {
  const expected = peft();
  ours().forEach((value, at) => {
    expect(value).toBeCloseTo(expected[at]!, 9);
  });
});
