import { expect, test } from 'vitest';
import { requireTextModel } from '../models/model.ts';
import { goldenRun } from '../testing/golden-run.ts';
import { referenceExecutor } from '../testing/reference-executor.ts';
import { createTraining } from '../training/run/trainer.ts';
import { createModelSession, type ModelSession } from '../training/session/model-session.ts';
import { createGenerator, type Side } from './decode.ts';
import { sequenceLogits } from './logits.ts';
import type { GenerationSettings } from './request.ts';

const greedy: GenerationSettings = {
  doSample: false,
  temperature: 1,
  topK: 0,
  topP: 1,
  repetitionPenalty: 1,
  minNewTokens: 0,
  maxNewTokens: 6,
  seed: 1,
};

async function tunedSession(name = 'mistral-lora'): Promise<ModelSession> {
  const { open, adapter } = await goldenRun(name);
  // B is zero at the start of training: with its values doubled from A's the sides really differ.
  const { tuning } = adapter!;
  const changed = [...adapter!.values].map(([name, value]) => {
    return [name, name.endsWith('lora_B.weight') ? value.map((_, index) => Math.sin(index)) : value] as const;
  });
  return createModelSession({ executor: referenceExecutor(), open, tuning, values: new Map(changed) });
}

const noEnd = new Set<number>();

/** The likeliest next tokens by whole passes without a cache. */
async function withoutCache(session: ModelSession, prompt: readonly number[], count: number): Promise<number[]> {
  const ids = [...prompt];
  while (ids.length < prompt.length + count) {
    const logits = await sequenceLogits(session, ids);
    const last = logits.subarray(logits.length - requireTextModel(session.open.model).vocabularySize);
    ids.push(last.indexOf(Math.max(...last)));
  }
  return ids.slice(prompt.length);
}

const generate = (
  session: ModelSession,
  side: Side,
  prompt: readonly number[],
  change: Partial<GenerationSettings> = {},
) => createGenerator(session, { side, endIds: noEnd, capacity: 64 }).generate(prompt, { ...greedy, ...change });

const cachedRuns = ['mistral-lora', 'llama-prompt', 'gpt2-prompt', 'llama-prefix', 'gpt2-prefix'];
test.each(cachedRuns)(
  '%s: tokens through the cache are those of whole passes, however full the prefill',
  async (name) => {
    const session = await tunedSession(name);
    for (const length of [1, 5, 16, 20]) {
      const prompt = Array.from({ length }, (_, index) => (index * 7 + 3) % 100);
      const { ids, reason } = await generate(session, 'tuned', prompt);
      expect(ids).toEqual(await withoutCache(session, prompt, 6));
      expect(reason).toBe('length');
    }
  },
);

test.each(['mistral-lora', 'llama-prompt', 'llama-prefix'])(
  '%s: one session answers as base and as tuned',
  async (name) => {
    const session = await tunedSession(name);
    const { open } = session;
    const published = createModelSession({ executor: referenceExecutor(), open, tuning: null });
    const prompt = [5, 23, 15, 9];
    const base = await generate(session, 'base', prompt);
    const tuned = await generate(session, 'tuned', prompt);
    expect(base.ids).toEqual(await withoutCache(published, prompt, 6));
    expect(tuned.ids).toEqual(await withoutCache(session, prompt, 6));
    if (name === 'mistral-lora') expect(tuned.ids).not.toEqual(base.ids);
    expect((await generate(session, 'base', prompt)).ids).toEqual(base.ids);
  },
);

test('after full fine-tuning the base still answers as published, beside the changed model', async () => {
  const run = await goldenRun('llama-full', { training: { max_steps: 6, learning_rate: 0.1 } });
  const training = createTraining({ ...run, executor: referenceExecutor() });
  await training.start();
  const published = createModelSession({ executor: referenceExecutor(), open: run.open, tuning: null });
  const prompt = [5, 23, 15, 9];
  const base = await generate(training.model, 'base', prompt);
  expect(base.ids).toEqual(await withoutCache(published, prompt, 6));
  const tuned = await generate(training.model, 'tuned', prompt);
  expect(tuned.ids).toEqual(await withoutCache(training.model, prompt, 6));
  expect(tuned.ids).not.toEqual(base.ids);
});

test('an end token or a stop sequence ends the text, not before the minimum', async () => {
  const session = await tunedSession();
  const prompt = [5, 23, 15, 9];
  const { ids } = await generate(session, 'tuned', prompt);
  const endIds = new Set([ids[0]!]);
  const generator = createGenerator(session, { side: 'tuned', endIds, capacity: 64 });
  expect(await generator.generate(prompt, greedy)).toEqual({ ids: [], reason: 'end' });
  expect((await generator.generate(prompt, { ...greedy, minNewTokens: 2 })).ids.length).toBeGreaterThanOrEqual(2);
  const stopped = await generate(session, 'tuned', prompt, { stopSequences: [ids.slice(1, 3)] });
  expect(stopped).toEqual({ ids: ids.slice(0, 3), reason: 'end' });
});

test('a full cache ends the answer, a prompt that fills it is refused', async () => {
  const session = await tunedSession();
  const generator = createGenerator(session, { side: 'tuned', endIds: noEnd, capacity: 20 });
  const prompt = Array.from({ length: 17 }, (_, index) => index + 2);
  const { ids, reason } = await generator.generate(prompt, greedy);
  expect({ count: ids.length, reason }).toEqual({ count: 3, reason: 'length' });
  expect(ids).toEqual(await withoutCache(session, prompt, 3));
  await expect(generator.generate(Array(20).fill(3), greedy)).rejects.toMatchObject({
    code: 'prompt-too-long',
    params: { tokens: 20, limit: 19 },
  });
});

test('tokens are streamed, and an aborted answer keeps what there is', async () => {
  const session = await tunedSession();
  const abort = new AbortController();
  const streamed: number[] = [];
  const generator = createGenerator(session, { side: 'tuned', endIds: noEnd, capacity: 64 });
  const { ids, reason } = await generator.generate([5, 23], greedy, {
    signal: abort.signal,
    onToken(id) {
      streamed.push(id);
      if (streamed.length === 2) abort.abort();
    },
  });
  expect(reason).toBe('aborted');
  expect(ids).toEqual(streamed);
  expect(ids).toHaveLength(2);
});
