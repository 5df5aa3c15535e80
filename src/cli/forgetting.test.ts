import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, test } from 'vitest';
import generalTexts from '../data/general-texts.json' with { type: 'json' };
import { readTable } from '../data/read-table.ts';
import { memoryDirectory } from '../files/memory-directory.ts';
import { readMetrics } from '../files/runs.ts';
import { type ConfigChanges, folderFiles, goldenRun, withChanges } from '../testing/golden-run.ts';
import { spokenIds } from '../testing/spoken-ids.ts';
import { parseRunConfig } from '../training/config/run-config.ts';
import golden from '../training/programs/golden/forgetting.json' with { type: 'json' };
import { verdictOf } from '../training/results/verdict/decide.ts';
import { forgettingCheck } from '../training/run/forgetting.ts';
import { readOutcome } from '../training/run/outcome-file.ts';
import { createTraining } from '../training/run/trainer.ts';
import { createModelSession } from '../training/session/model-session.ts';
import { openModel, openTokenizer } from '../training/session/open-model.ts';
import { resolveTuning } from '../tuning/resolve.ts';
import { requestDevice } from '../webgpu/device.ts';
import { createWebGpuExecutor } from '../webgpu/executor.ts';
import { createExecutor } from './executors.ts';
import { createNodeGpu } from './node-gpu.ts';

const gpu = await requestDevice(await createNodeGpu({ backend: 'software' }));
afterAll(() => gpu.health.destroy());
const webgpu = () => createWebGpuExecutor(gpu);

const example = new URL('../../public/example/', import.meta.url);
/** Enough for a mean, few enough for a software adapter. */
const general_texts = [...generalTexts.en.slice(0, 3), ...generalTexts.ja.slice(0, 3)];

/** The example's own run, with what is told of it. */
async function exampleRun(training: ConfigChanges['training'] = {}) {
  const files = folderFiles(new URL('model/', example));
  const own = parseRunConfig(JSON.parse(await readFile(new URL('run.json', example), 'utf8')));
  const rate = (training?.learning_rate ?? 1) * own.training.learning_rate;
  const logging = { forgetting_check: true, general_texts };
  const run = memoryDirectory();
  const made = createTraining({
    executor: webgpu(),
    open: await openModel(files),
    tokenizer: await openTokenizer(files),
    config: withChanges(own, { logging, training: { ...training, learning_rate: rate } }),
    tables: {
      training: await readTable(await readFile(new URL('data.csv', example), 'utf8'), { fileName: 'data.csv' }),
    },
    run,
  });
  const { reason, step } = await made.start();
  made.dispose();
  const records = await readMetrics(run);
  const { config, totalSteps } = made;
  const verdict = verdictOf({ config, records, totalSteps, outcome: await readOutcome(run) })!;
  return { reason, step, records, notes: verdict.notes.map(({ kind }) => kind) };
}

describe('what the example forgets', { timeout: 600_000 }, () => {
  test('its own run is near the base, step by step, and the verdict says that it remembers', async () => {
    const { reason, records, notes } = await exampleRun({ forgetting_limit: 3 });
    expect(reason).toBe('finished');
    const read = records.filter((record) => 'eval_general_divergence' in record);
    expect(read.map(({ step }) => step)).toEqual([0, 21, 42, 60]);
    // A fresh adapter changes nothing.
    expect(read[0]).toMatchObject({ step: 0, eval_general_divergence: 0 });
    expect(read[0]!.eval_general_perplexity).toBe(read[0]!.eval_general_base_perplexity);
    expect(read.at(-1)!.eval_general_divergence).toBeGreaterThan(0.1);
    expect(notes).toContain('remembers');
  });

  test('at twenty times its rate it forgets, and the verdict says so', async () => {
    const { notes, records } = await exampleRun({ learning_rate: 20 });
    expect(notes).toContain('forgot');
    expect(records.at(-1)!.eval_general_divergence).toBeGreaterThan(4);
  });

  test('beyond forgetting_limit it ends early', async () => {
    const { reason, step, notes } = await exampleRun({ learning_rate: 20, forgetting_limit: 3 });
    expect({ reason, step }).toEqual({ reason: 'stopped-early', step: 21 });
    expect(notes).toContain('forgot');
  });
});

test.each(['webgpu', 'tfjs-wasm'] as const)('on %s it is what PyTorch says, within 1e-5', async (name) => {
  const { open, config, adapter } = await goldenRun('llama-lora', {
    logging: { forgetting_check: true, general_texts: golden['llama-lora'].map(({ ids }) => ids.join(' ')) },
  });
  const tuning = resolveTuning(open.model, config.tuning, config.training.learning_rate);
  const check = forgettingCheck({ model: open.model, dtypes: open.dtypes, tuning, tokenizer: spokenIds, config })!;
  const executor = name === 'webgpu' ? webgpu() : await createExecutor(name, () => {});
  const session = createModelSession({ executor, open, tuning, values: adapter?.values });
  await session.load(check.programs);
  const found = await check.measure(session);
  session.dispose();
  const mean = (of: (row: (typeof golden)['llama-lora'][number]) => readonly number[]) => {
    const values = golden['llama-lora'].flatMap(of);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  expect(Math.abs(found.divergence / mean(({ divergence }) => divergence) - 1)).toBeLessThan(1e-5);
  expect(Math.abs(found.perplexity / Math.exp(mean(({ loss }) => loss)) - 1)).toBeLessThan(1e-5);
  expect(Math.abs(found.basePerplexity / Math.exp(mean(({ base_loss }) => base_loss)) - 1)).toBeLessThan(1e-5);
});
