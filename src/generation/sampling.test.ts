import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createSampler, penalised, probabilities, type SamplingSettings } from './sampling.ts';

interface Case {
  readonly settings: { penalty: number; minimum: number; temperature: number; topK: number; topP: number };
  readonly prompt: readonly number[];
  readonly generated: readonly number[];
  readonly scores: readonly number[];
  readonly probabilities: readonly number[];
}
const golden: { cases: Case[] } = JSON.parse(readFileSync(new URL('golden/sampling.json', import.meta.url), 'utf8'));

test.each(golden.cases)('$settings leaves the probabilities that transformers leaves', (each) => {
  const { penalty, minimum, temperature, topK, topP } = each.settings;
  const history = {
    ids: [...each.prompt, ...each.generated],
    generated: each.generated.length,
    endIds: new Set([0]),
  };
  const limits = { repetitionPenalty: penalty, minNewTokens: minimum };
  const scores = penalised(Float32Array.from(each.scores), limits, history);
  const ours = probabilities(scores, { temperature, topK, topP });
  each.probabilities.forEach((probability, id) => {
    expect(ours[id]).toBeCloseTo(probability, 6);
  });
});

const sampling: SamplingSettings = {
  doSample: true,
  temperature: 1,
  topK: 0,
  topP: 1,
  repetitionPenalty: 1,
  minNewTokens: 0,
  seed: 5,
};
const history = { ids: [], generated: 0, endIds: new Set<number>() };
const scores = Float32Array.from([0.2, 0.5, 0.1, 0.2].map(Math.log));

test('draws follow the probabilities, and the same seed draws the same tokens', () => {
  const many = (seed: number) => {
    const sampler = createSampler({ ...sampling, seed });
    return Array.from({ length: 4000 }, () => sampler.next(scores, history));
  };
  const drawn = many(5);
  expect(many(5)).toEqual(drawn);
  expect(many(6)).not.toEqual(drawn);
  const share = (id: number) => drawn.filter((each) => each === id).length / drawn.length;
  expect(share(1)).toBeCloseTo(0.5, 1);
  expect(share(2)).toBeCloseTo(0.1, 1);
});

test('without sampling, and at temperature 0, the likeliest token is taken', () => {
  for (const change of [{ doSample: false }, { temperature: 0 }]) {
    expect(createSampler({ ...sampling, ...change }).next(scores, history)).toBe(1);
  }
});

test.each([true, false])('a model of NaN is refused, and does not say token 0 for ever (drawn: %s)', (doSample) => {
  const broken = Float32Array.of(1, Number.NaN, 2);
  expect(() => createSampler({ ...sampling, doSample }).next(broken, history)).toThrow('output is NaN');
});
