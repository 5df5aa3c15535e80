import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import { interpret } from '../graph/reference/interpret.ts';
import type { Value } from '../graph/types.ts';
import classifiers from '../models/golden/classifiers.json';
import forward from '../models/golden/forward.json';
import { keptBy } from '../models/layers.ts';
import { constantsOf, logitsOf, type Model, rangeInputs, rangeInputsOf, requireTextModel } from '../models/model.ts';
import { modelFromConfig } from '../models/registry.ts';
import type { Seams } from '../models/seams.ts';
import { baseSeams } from './seams.ts';

const isNormWeight = (name: string): boolean => name.endsWith('weight') && /norm|\.ln_/.test(name);

/** The weights of src/models/golden/make.py: a wave by parameter and element. */
function waves(model: Model): Map<string, Float64Array> {
  const factors = constantsOf(model).map(({ name, shape }, index): [string, Float64Array] => [
    name,
    Float64Array.from({ length: shape[0]! }, (_, i) => 1 + 0.3 * Math.sin((i + 1) * (index + 1) * 0.7)),
  ]);
  return new Map([
    ...factors,
    ...model.parameters.map(({ name, shape }, index): [string, Float64Array] => {
      const count = shape.reduce((product, size) => product * size, 1);
      const wave = Float64Array.from({ length: count }, (_, i) => Math.sin((i + 1) * (index + 1) * 0.7));
      return [name, wave.map((value) => (isNormWeight(name) ? 1 + 0.3 * value : 0.8 * value))];
    }),
  ]);
}

function programLogits(given: Model, ids: readonly number[]): Float64Array {
  const model = requireTextModel(given);
  const builder = new GraphBuilder();
  const rows = ids.length;
  const i32 = (name: string, shape: readonly number[]) => builder.input(name, { shape, dtype: 'i32' });
  const seams = baseSeams(builder, {
    model,
    dtypes: () => 'f32',
    attention: ({ layer, ...heads }, q, k, v) => {
      const range = i32(rangeInputsOf(model, layer).keyRange, [rows, 2]);
      return builder.attention(q, k, v, [range], { batch: 1, ...heads, causal: model.causal });
    },
    mixer(layer, kind, mix) {
      keptBy(model.layers, layer, kind);
      return mix({ batch: 1, starts: i32('exampleStarts', [rows]) }).output;
    },
  });
  const inputs = { ids: i32('ids', [rows]), positions: i32('positions', [rows]) };
  const hidden = model.buildHidden(builder, seams, inputs);
  const logits = logitsOf(builder, seams, model, readByHead(builder, seams, model, hidden));
  const ranges = rangeInputs(model).map(({ keyRange, window = rows }) => [
    keyRange,
    ids.flatMap((_, row) => [Math.max(0, row - window + 1), model.causal ? row + 1 : Math.min(rows, row + window)]),
  ]);
  const parameters = waves(model);
  for (const { name, data } of model.tables()) parameters.set(name, Float64Array.from(data));
  const last = model.classifier?.pooled === 'last' ? rows - 1 : 0;
  const feeds = {
    ids,
    positions: ids.map((_, row) => row),
    exampleStarts: ids.map(() => 0),
    tokenType: [0],
    distanceRows: model.distanceRows?.(rows) ?? [],
    distanceOrder: Array.from({ length: 2 * rows - 1 }, (_, place) => place),
    pooled: [last],
    ...Object.fromEntries(ranges),
  };
  return interpret(builder.finish({ logits }), { parameters, inputs: feeds }).outputs.logits!;
}

/** All hidden states, or of a classifier the one that its head reads. */
function readByHead(builder: GraphBuilder, seams: Seams, { classifier }: Model, hidden: Value): Value {
  if (!classifier) return hidden;
  const rows = hidden.shape[0]!;
  const pooled =
    classifier.pooled === 'mean'
      ? builder.matmul(builder.constant(1 / rows, [1, rows]), hidden)
      : builder.embedding(hidden, builder.input('pooled', { shape: [1], dtype: 'i32' }));
  return classifier.buildPooler?.(builder, seams, pooled) ?? pooled;
}

describe.each([...forward, ...classifiers])('$case', ({ config, ids, logits }) => {
  // transformers computes the norms in f32 even in a float64 model; the three logits of a classifier may be small sums.
  test('logits are those of transformers', () => {
    const ours = programLogits(modelFromConfig(config), ids);
    const largest = Math.max(...logits.map(Math.abs));
    logits.forEach((logit, i) => {
      expect(Math.abs(ours[i]! - logit) / largest).toBeLessThan(2e-5);
    });
  });
});
