import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createNodeGpu } from '../cli/node-gpu.ts';
import { goldenRun } from '../testing/golden-run.ts';
import { referenceExecutor } from '../testing/reference-executor.ts';
import { createModelSession, type ModelSession } from '../training/session/model-session.ts';
import { requestDevice } from '../webgpu/device.ts';
import { createWebGpuExecutor } from '../webgpu/executor.ts';
import { createGenerator } from './decode.ts';
import type { GenerationSettings } from './request.ts';

interface Case {
  readonly model: string;
  readonly prompt: readonly number[];
  readonly settings: Pick<GenerationSettings, 'numBeams' | 'repetitionPenalty' | 'minNewTokens'>;
  readonly endIds: readonly number[];
  readonly ids: readonly number[];
}
const golden: { cases: Case[] } = JSON.parse(readFileSync(new URL('golden/beams.json', import.meta.url), 'utf8'));

const greedy: GenerationSettings = {
  doSample: false,
  temperature: 1,
  topK: 0,
  topP: 1,
  repetitionPenalty: 1,
  minNewTokens: 0,
  maxNewTokens: 8,
  seed: 1,
};

const sessions = new Map<string, Promise<ModelSession>>();
function baseSession(name: string): Promise<ModelSession> {
  const made =
    sessions.get(name) ??
    goldenRun(name).then(({ open }) => createModelSession({ executor: referenceExecutor(), open, tuning: null }));
  sessions.set(name, made);
  return made;
}

const named = golden.cases.map((each) => ({ ...each, name: `${each.model} ${JSON.stringify(each.settings)}` }));

test.each(named)('$name from $prompt.length tokens, ends $endIds: as transformers generates', async (each) => {
  const endIds = new Set(each.endIds);
  const generator = createGenerator(await baseSession(each.model), { side: 'base', endIds, capacity: 64 });
  const { ids } = await generator.generate(each.prompt, { ...greedy, ...each.settings });
  expect(ids).toEqual(each.ids);
});

test('beams that are drawn repeat with the seed', async () => {
  const generator = createGenerator(await baseSession('llama-lora'), {
    side: 'base',
    endIds: new Set(),
    capacity: 64,
  });
  const drawn = (seed: number) =>
    generator.generate([5, 23], { ...greedy, doSample: true, temperature: 2, numBeams: 3, seed });
  const first = await drawn(4);
  expect(await drawn(4)).toEqual(first);
  expect((await drawn(5)).ids).not.toEqual(first.ids);
});

const prompts = Array.from({ length: 7 }, (_, row) =>
  Array.from({ length: 1 + 5 * row }, (_, index) => (index * 7 + row) % 100),
);

test.each(['mistral-lora', 'gpt2-lora', 'lfm2-lora', 'qwen3_5_text-lora', 'llama-prompt', 'llama-prefix'])(
  '%s: prompts side by side get the answers they get alone',
  async (name) => {
    const { open, adapter } = await goldenRun(name);
    const session = createModelSession({
      executor: referenceExecutor(),
      open,
      tuning: adapter!.tuning,
      values: adapter!.values,
    });
    const side = 'tuned' as const;
    const endIds = new Set([26, 31]);
    const alone = createGenerator(session, { side, endIds, capacity: 64 });
    const expected = [];
    for (const prompt of prompts) expected.push(await alone.generate(prompt, greedy));
    const together = createGenerator(session, { side, endIds, capacity: 64, batchSize: 3 });
    const told: number[] = [];
    expect(await together.generateAll(prompts, greedy, { onDone: (done) => told.push(done) })).toEqual(expected);
    expect(told).toEqual([1, 2, 3, 4, 5, 6, 7]);
  },
);

test('the same on WebGPU: several caches in one buffer, moved and stepped together', async () => {
  const { open, adapter } = await goldenRun('mistral-lora');
  const parts = { open, tuning: adapter!.tuning, values: adapter!.values };
  const executor = createWebGpuExecutor(await requestDevice(await createNodeGpu({ backend: 'software' })));
  const answers = async (session: ModelSession) => {
    const generator = createGenerator(session, { side: 'tuned', endIds: new Set([26]), capacity: 64, batchSize: 3 });
    const beams = await generator.generate(prompts[3]!, { ...greedy, numBeams: 3 });
    return [...(await generator.generateAll(prompts, greedy)), beams];
  };
  const expected = await answers(createModelSession({ executor: referenceExecutor(), ...parts }));
  expect(await answers(createModelSession({ executor, ...parts }))).toEqual(expected);
  executor.dispose();
});
