import { expect, test } from 'vitest';
import { randomSource } from '../data/shuffle.ts';
import { because } from '../errors.ts';
import { wholeModel } from '../exports/whole-model.ts';
import { goldenRun } from '../testing/golden-run.ts';
import { referenceExecutor } from '../testing/reference-executor.ts';
import { written } from '../testing/written.ts';
import { openModel } from '../training/session/open-model.ts';
import { heldOf, mergeFigures, offOf, requireMerged } from './merged.ts';

/** A golden case with another B, as large as `size`, merged with `scale` times that B: what the check is told of it. */
async function checkOf(name: string, { scale = 1, size = 0.25 } = {}) {
  const { open, adapter } = await goldenRun(name);
  // B is zero at the start of training: with other values the merged weights really differ from the published ones.
  const values = new Map(
    [...adapter!.values].map(([key, value]) => [
      key,
      key.endsWith('lora_B.weight') ? value.map((_, index) => Math.sin(index) * size) : value,
    ]),
  );
  const isB = (key: string) => key.endsWith('lora_B.weight');
  const read = async (key: string) => values.get(key)!.map((value) => (isB(key) ? value * scale : value));
  const { tuning } = adapter!;
  const merged = await openModel(await written(await wholeModel(open, tuning, read)));
  const executor = referenceExecutor();
  const instead = because`its own form`;
  return { executor, open, tuning, values, merged, sequences: [[5, 23, 15, 9, 4], [7]], instead };
}

test.each(['llama-lora', 'gpt2-lora', 'llama-dora', 'olmoe-lora'])(
  '%s: a merged model answers as base and adapter',
  async (name) => {
    const { error, limit, held } = await requireMerged(await checkOf(name));
    expect(error).toBeLessThan(limit / 10);
    expect(held).toBeCloseTo(1, 3);
  },
);

test('a few tokens of a mixture that went to another expert are not taken for a wrong file', () => {
  const tokens = (count: number, error: number) => Array.from({ length: count }, () => ({ error, size: 4 }));
  const few = [...tokens(97, 0.0004), ...tokens(3, 0.36)];
  expect(offOf(few, false)).toBeCloseTo(Math.sqrt((97 * 0.0004 + 3 * 0.36) / 400), 10);
  expect(offOf(few, true)).toBeCloseTo(0.01, 10);
  // Many of them are, and so is a little everywhere.
  const many = [...tokens(80, 0.0004), ...tokens(20, 0.36)];
  expect(offOf(many, true)).toBe(offOf(many, false));
  expect(offOf(tokens(100, 0.0036), true)).toBeCloseTo(0.03, 10);
});

test('a merge that went wrong is told from rounding', async () => {
  await expect(requireMerged(await checkOf('llama-lora', { scale: 1.5 }))).rejects.toThrow(
    /logits are off by.*Take what was trained in its own form instead: its own form/,
  );
});

test.each([
  ['the base without the adapter', 0],
  ['a fifth of the adapter', 0.2],
  ['the adapter folded in twice', 2],
])('%s is refused although it is within what rounding may make', async (_what, scale) => {
  const check = await checkOf('llama-lora', { scale, size: 0.001 });
  const rounded = { ...check, merged: { ...check.merged, limit: 0.03 } };
  const { error, change, held } = await mergeFigures(rounded);
  expect(Math.max(error, change)).toBeLessThan(0.03);
  expect(held).toBeCloseTo(scale, 1);
  await expect(requireMerged(rounded)).rejects.toThrow('of what training changed');
});

test('a change that the type of the model rounds away is told', async () => {
  const check = await checkOf('llama-bf16-lora', { size: 0.0001 });
  expect((await mergeFigures(check)).held).toBeLessThan(0.3);
  await expect(requireMerged(check)).rejects.toThrow('of what training changed');
});

test('a change that is not seen under the rounding is neither confirmed nor refused', async () => {
  const { held } = await mergeFigures(await checkOf('llama-lora', { size: 1e-9 }));
  expect(held).toBeNull();
});

test.each([0.2, 1, 2, 4])('rounding of twenty logits, %f times the change, is not taken for a lost one', (noise) => {
  const next = randomSource(1);
  const random = () => (next() + 0.5) / 2 ** 32;
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  let [seen, wrong] = [0, 0];
  for (let times = 0; times < 2000; times++) {
    const sums = { error: 0, change: 0, along: 0, size: 1000, count: 20 };
    for (let logit = 0; logit < sums.count; logit++) {
      const [learned, off] = [normal(), noise * normal()];
      sums.error += off ** 2;
      sums.change += learned ** 2;
      sums.along += learned * (learned + off);
    }
    const held = heldOf(sums);
    if (held !== null) seen++;
    if (Math.abs((held ?? 1) - 1) > 0.5) wrong++;
  }
  expect(wrong).toBeLessThan(5);
  expect(seen > 1000).toBe(noise < 0.5);
});
