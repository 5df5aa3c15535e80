/** Losses of rows and tokens, and products of their gradients, held to what PyTorch says (interop/golden_examples.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { createExecutor } from '../../../cli/executors.ts';
import { createNodeGpu } from '../../../cli/node-gpu.ts';
import type { Directory } from '../../../files/directory.ts';
import { memoryDirectory } from '../../../files/memory-directory.ts';
import { tensorName } from '../../../files/peft-names.ts';
import { appendMetrics, createRun, evaluationName, keptCheckpoints, saveCheckpoint } from '../../../files/runs.ts';
import { openSafetensors } from '../../../files/safetensors.ts';
import type { Executor } from '../../../plan/executor.ts';
import { tasks } from '../../../tasks/registry.ts';
import { type ConfigChanges, folderFiles, goldenRun } from '../../../testing/golden-run.ts';
import { referenceExecutor } from '../../../testing/reference-executor.ts';
import { requestDevice } from '../../../webgpu/device.ts';
import { createWebGpuExecutor } from '../../../webgpu/executor.ts';
import { batchFeeds } from '../../programs/feeds.ts';
import { evaluateProgram } from '../../programs/programs.ts';
import { weightBuffers } from '../../run/checkpoint.ts';
import { createTraining } from '../../run/trainer.ts';
import { openRun } from '../../session/fit-run.ts';
import { createModelSession } from '../../session/model-session.ts';
import { resultOf } from '../kept-result.ts';
import { checkpointRates, planTeaching, rowInfluences } from './influence.ts';
import { rowLosses, rowsNumbered, tokenLosses } from './losses.ts';
import { keptRows } from './open.ts';
import { alikeRows, rowsOf } from './rows.ts';
import { influenceTable, lossTable, readLossTable, type Split, tokenTable } from './table.ts';

interface Golden {
  readonly before: readonly (readonly number[])[];
  readonly after: readonly (readonly number[])[];
  readonly taught: number;
  readonly products: readonly number[];
}

const goldenOf = (name: string): Golden =>
  JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), 'utf8'));

/** What is logged of an update: none has the rate of another. */
const logged = (step: number) => ({ step, epoch: step / 10, learning_rate: 0.001 * step });

/**
 * A golden run that was kept when PyTorch had trained it, with that checkpoint at each of these steps, where it was evaluated,
 * and updates of ten an epoch in its log.
 */
async function keptGolden(name: string, executor: Executor, changes: ConfigChanges = {}, steps = [20]) {
  const options = await goldenRun(name, changes);
  const { config, tokenizer } = options;
  const folder: Directory = memoryDirectory();
  const lesson = openRun(options.open, config, options).lesson;
  const { fingerprint } = lesson.fit(options.open.model, null, config).prepare();
  await createRun(folder, config, { fingerprint, created: new Date(0).toISOString() });
  const rows = await keptRows(folder, config, options.open, options);
  const files = folderFiles(new URL(`../../../../interop/golden/${name}/`, import.meta.url));
  const after = await openSafetensors(files, 'expected.safetensors');
  const savedNames = new Map([...after.tensors.keys()].map((saved) => [tensorName(saved) ?? saved, saved]));
  const tensors = weightBuffers(rows.open.model, rows.tuning).map((buffer) => ({
    ...buffer,
    data: async () => {
      const values = await after.readFloats(savedNames.get(buffer.name)!);
      return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    },
  }));
  for (const step of steps) await saveCheckpoint(folder, step, tensors, {}, { name: evaluationName(step) });
  await appendMetrics(
    folder,
    Array.from({ length: steps.at(-1)! }, (_, index) => logged(index + 1)),
  );
  const { values } = await resultOf(rows.open.model, config, folder, steps.at(-1)!);
  const { open, tuning } = rows;
  const session = createModelSession({ executor, open, tuning, values, seed: config.environment.seed });
  return { ...rows, session, tokenizer, folder, tensors };
}

/** Of those updates up to step 20: 0.001 / 10 · (1 + … + 20). */
const wholeRate = 0.021;
const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const cases = [
  'llama-lora',
  'gpt2-full',
  'llama-prompt',
  'gpt2-prefix',
  'bert-pairs-lora',
  'modernbert-lora',
  'bert-tags-lora',
];

describe.each(cases)('%s, as PyTorch trained it', (name) => {
  const golden = goldenOf(name);

  it('has the losses of rows and of tokens that PyTorch has', async () => {
    const { session, data, tokenizer } = await keptGolden(name, referenceExecutor());
    const rows = (await rowLosses(session, data))!;
    expect(rows.map(({ tokens }) => tokens)).toEqual(golden.after.map(({ length }) => length));
    for (const [index, { before, after }] of rows.entries()) {
      expect(Math.abs(before - meanOf(golden.before[index]!))).toBeLessThan(1e-5);
      expect(Math.abs(after - meanOf(golden.after[index]!))).toBeLessThan(1e-5);
    }
    for (const index of [0, 5, rows.length - 1]) {
      const [row] = rowsNumbered(data, rows[index]!.row);
      const tokens = await tokenLosses(session, data, row!, tokenizer);
      expect(tokens).toHaveLength(row!.example.ids.length);
      for (const side of ['before', 'after'] as const) {
        const found = tokens.flatMap((token) => token[side] ?? []);
        expect(found).toHaveLength(golden[side][index]!.length);
        found.forEach((loss, place) => {
          expect(Math.abs(loss - golden[side][index]![place]!)).toBeLessThan(1e-5);
        });
      }
    }
  });

  it('has the products of gradients that PyTorch has', async () => {
    const { session, data, folder, tokenizer } = await keptGolden(name, referenceExecutor());
    const plan = await planTeaching({ folder, data }, 20);
    const taught = rowsOf(data, 'training')[golden.taught]!;
    const found = (await rowInfluences(session, { folder, data, padId: tokenizer.padTokenId }, taught, plan))!;
    const largest = Math.max(...golden.products.map(Math.abs));
    const numbers = rowsOf(data, 'training').map(({ number }) => number);
    for (const { row, influence } of found) {
      const expected = golden.products[numbers.indexOf(row)]!;
      expect(Math.abs(influence / wholeRate - expected)).toBeLessThan(
        1e-4 * Math.max(Math.abs(expected), 0.01 * largest),
      );
    }
    expect(found.map(({ influence }) => influence)).toEqual(
      found.map(({ influence }) => influence).sort((a, b) => b - a),
    );
  });
});

test('rows that share a row of a batch have the same losses and products', async () => {
  const golden = goldenOf('llama-lora');
  const changes = { tokenizer: { packing: true }, logging: { eval_batch_size: 3 } };
  const { session, data, folder, tokenizer } = await keptGolden('llama-lora', referenceExecutor(), changes);
  expect(data.everyRow!().rowsPerEpoch).toBeLessThan(golden.after.length);
  for (const [index, { after }] of (await rowLosses(session, data))!.entries())
    expect(Math.abs(after - meanOf(golden.after[index]!))).toBeLessThan(1e-5);
  const plan = await planTeaching({ folder, data }, 20, 5);
  const all = rowsOf(data, 'training');
  const parts = { folder, data, padId: tokenizer.padTokenId };
  const found = (await rowInfluences(session, parts, all[golden.taught]!, plan))!;
  expect(found).toHaveLength(5);
  for (const { row, influence } of found) {
    const expected = golden.products[all.findIndex(({ number }) => number === row)]!;
    expect(Math.abs(influence / wholeRate / expected - 1)).toBeLessThan(1e-4);
  }
});

/** Those that compute in f32. */
const executors: Readonly<Record<string, () => Promise<Executor>>> = {
  'tfjs-wasm': () => createExecutor('tfjs-wasm'),
  webgpu: async () => createWebGpuExecutor(await requestDevice(await createNodeGpu({ backend: 'software' }))),
};

test.each([
  ['tfjs-wasm', 'llama-lora'],
  ['webgpu', 'llama-lora'],
])(
  '%s has the losses of %s within 1e-5 and the products within a thousandth',
  {
    timeout: 300_000,
  },
  async (executorName, name) => {
    const golden = goldenOf(name);
    const executor = await executors[executorName]!();
    const { session, data, folder, tokenizer } = await keptGolden(name, executor);
    for (const [index, { before, after }] of (await rowLosses(session, data))!.entries()) {
      expect(Math.abs(before - meanOf(golden.before[index]!))).toBeLessThan(1e-5);
      expect(Math.abs(after - meanOf(golden.after[index]!))).toBeLessThan(1e-5);
    }
    const plan = await planTeaching({ folder, data }, 20);
    const taught = rowsOf(data, 'training')[golden.taught]!;
    const found = (await rowInfluences(session, { folder, data, padId: tokenizer.padTokenId }, taught, plan))!;
    const largest = Math.max(...golden.products.map(Math.abs));
    const numbers = rowsOf(data, 'training').map(({ number }) => number);
    for (const { row, influence } of found) {
      const expected = golden.products[numbers.indexOf(row)]!;
      const error = Math.abs(influence / wholeRate - expected);
      expect(error).toBeLessThan(1e-3 * Math.max(Math.abs(expected), 0.01 * largest));
    }
    session.dispose();
    executor.dispose();
  },
);

test('the losses of masked tokens come to the loss of their evaluation', async () => {
  const { session, data } = await keptGolden('bert-masked-lora', referenceExecutor());
  const rows = (await rowLosses(session, data))!;
  const { open, tuning, dtypes } = session;
  const batches = data.everyRow!();
  let sum = 0;
  for (let index = 0; index < batches.batchesPerEpoch; index++) {
    const batch = batches.batchAt(0, index);
    const name = `check/${index}`;
    await session.load(new Map([[name, () => evaluateProgram(open.model, tuning, dtypes, batch)]]));
    const feeds = { ...batchFeeds(open.model, batch, session.inputsOf(name)), lossScale: Float32Array.of(1) };
    sum += (await session.session.run(name, feeds)).loss![0]!;
  }
  expect(rows.reduce((all, { after, tokens }) => all + after * tokens, 0)).toBeCloseTo(sum, 4);
});

test('each checkpoint counts with the rates since the one before, by their part of an epoch, none after the result', async () => {
  const { folder, data } = await keptGolden('llama-lora', referenceExecutor(), {}, [6, 14, 20]);
  expect((await keptCheckpoints(folder)).map(({ step }) => step)).toEqual([6, 14, 20]);
  const { checkpoints, price } = await planTeaching({ folder, data }, 14);
  expect(price.steps).toEqual([6, 14]);
  // 0.001 / 10 · (1 + … + 6), and of 7 to 14.
  const [first, second] = await checkpointRates(folder, checkpoints);
  expect(first).toBeCloseTo(0.0021, 12);
  expect(second).toBeCloseTo(0.0084, 12);
  await expect(planTeaching({ folder, data }, 5)).rejects.toMatchObject({ code: 'checkpoint-invalid' });
});

test('influences are the same whenever a clock had a checkpoint saved between', async () => {
  const golden = goldenOf('llama-lora');
  const changes = { training: { save_checkpoint: 'each_evaluation_epoch' } } as const;
  const kept = await keptGolden('llama-lora', referenceExecutor(), changes, [6, 14]);
  const { session, data, folder, tokenizer, tensors } = kept;
  const taught = rowsOf(data, 'training')[golden.taught]!;
  const found = async () => {
    const plan = await planTeaching({ folder, data }, 14, 3);
    return rowInfluences(session, { folder, data, padId: tokenizer.padTokenId }, taught, plan);
  };
  const before = (await found())!;
  for (const step of [13, 14]) await saveCheckpoint(folder, step, tensors, {});
  expect((await keptCheckpoints(folder)).map(({ step }) => step)).toEqual([6, 13, 14]);
  expect(await found()).toEqual(before);
  const numbers = rowsOf(data, 'training').map(({ number }) => number);
  for (const { row, influence } of before)
    expect(Math.abs(influence / (0.0105 * golden.products[numbers.indexOf(row)]!) - 1)).toBeLessThan(1e-3);
});

test('a run that went on with more updates counts each with the rate that it had', async () => {
  const training = { schedule: 'Linear', warmup_steps: 0, learning_rate: 0.01 } as const;
  const folder: Directory = memoryDirectory();
  const trained = async (max_steps: number, learning_rate: number, resume: boolean) => {
    const options = await goldenRun('llama-lora', { training: { ...training, max_steps, learning_rate } });
    await createTraining({ ...options, executor: referenceExecutor(), run: folder, resume }).start();
    return options;
  };
  await trained(4, 0.01, false);
  const options = await trained(8, 0.02, true);
  const { data } = await keptRows(folder, options.config, options.open, options);
  const { checkpoints } = await planTeaching({ folder, data }, 8);
  expect(checkpoints.map(({ step }) => step)).toEqual([8]);
  const sum = 0.01 * (1 + 0.75 + 0.5 + 0.25) + 0.02 * (0.5 + 0.375 + 0.25 + 0.125);
  expect((await checkpointRates(folder, checkpoints))[0]).toBeCloseTo(sum / 13, 12);
});

test('where the rate of an update is not in the log it is refused', async () => {
  const { session, folder, data, tokenizer } = await keptGolden('llama-lora', referenceExecutor());
  await folder.remove('metrics.jsonl');
  await appendMetrics(
    folder,
    Array.from({ length: 20 }, (_, index) => (index === 6 ? { step: 7, loss: 1 } : logged(index + 1))),
  );
  const plan = await planTeaching({ folder, data }, 20);
  const taught = rowsOf(data, 'training')[0]!;
  const found = rowInfluences(session, { folder, data, padId: tokenizer.padTokenId }, taught, plan);
  await expect(found).rejects.toThrow('does not say the learning rate of update 7');
});

test('a parameter with a rate of its own counts with its factor, once', async () => {
  const influencesWith = async (tuning: NonNullable<ConfigChanges['tuning']>) => {
    const kept = await keptGolden('llama-lora', referenceExecutor(), { tuning });
    const { session, folder, data, tokenizer } = kept;
    const plan = await planTeaching({ folder, data }, 20, 3);
    const taught = rowsOf(data, 'training')[3]!;
    const found = (await rowInfluences(session, { folder, data, padId: tokenizer.padTokenId }, taught, plan))!;
    return found.sort((a, b) => a.row - b.row).map(({ influence }) => influence);
  };
  const plain = await influencesWith({});
  const [twice, fourTimes] = [
    await influencesWith({ lora_plus_ratio: 2 }),
    await influencesWith({ lora_plus_ratio: 4 }),
  ];
  for (const [index, influence] of plain.entries()) {
    const ofB = twice[index]! - influence;
    expect(Math.abs(ofB)).toBeGreaterThan(1e-3 * Math.abs(influence));
    expect((fourTimes[index]! - influence) / ofB).toBeCloseTo(3, 4);
  }
  // 0.003 is the run's own: all layers at half of it.
  const halved = await influencesWith({
    differential_learning_rate_layers: ['layers'],
    differential_learning_rate: 0.0015,
  });
  for (const [index, influence] of plain.entries()) expect(halved[index]! / influence).toBeCloseTo(0.5, 4);
});

test('the time that it takes is at the pace of the updates, however long the run stood still between two', async () => {
  const { folder, data } = await keptGolden('llama-lora', referenceExecutor(), {}, [10, 20]);
  const secondsOf = async () => (await planTeaching({ folder, data }, 20, 3)).price.seconds;
  expect(await secondsOf()).toBeNull();
  const day = 24 * 3600;
  const times = [0, 2, 4, day, day + 2, day + 4];
  await appendMetrics(
    folder,
    times.map((time, step) => ({ step, time, tokens: 100 * step })),
  );
  const tokens = rowsOf(data, 'training').map(({ example }) => example.ids.length);
  const asked = [0, 1, 2].map((place) => tokens[Math.floor((place * tokens.length) / 3)]!);
  expect(await secondsOf()).toBeCloseTo((2 / 100) * 2 * asked.reduce((sum, each) => sum + each), 9);
});

test('a loss of several rows, or of no likelihood, is told apart from one of single rows', async () => {
  const { session, data } = await keptGolden('bert-regression', referenceExecutor());
  await expect(rowLosses(session, data)).rejects.toMatchObject({ code: 'examples-unoffered' });
  const { open } = await goldenRun('llama-lora');
  const untold = tasks.filter(
    (task) =>
      task.reads === 'tables' && !task.problemTypes.includes('classification') && !task.objective.tellsOf?.(open.model),
  );
  expect(untold.map(({ problemTypes }) => problemTypes[0])).toEqual([
    'preference',
    'judged-answers',
    'sentence-embeddings',
  ]);
});

test('other rows than those of the run are refused', async () => {
  const { folder, config, open } = await keptGolden('llama-lora', referenceExecutor());
  const other = await goldenRun('llama-full');
  await expect(
    keptRows(folder, config, open, { ...other, tables: (await goldenRun('gpt2-full')).tables }),
  ).rejects.toMatchObject({
    code: 'checkpoint-invalid',
  });
});

test('rows that repeat and rows that contradict each other are told apart', () => {
  const row = (number: number, question: readonly number[], answer: readonly number[], split: Split = 'training') => {
    const ids = Int32Array.from([...question, ...answer]);
    const labels = ids.map((id, place) => (place < question.length ? -100 : id));
    const example = { ids, labels, promptLength: question.length, truncated: false };
    return { split, number, index: number, example };
  };
  const rows = [
    row(1, [1, 2], [3]),
    row(2, [1, 2], [3]),
    row(3, [1, 2], [4]),
    row(4, [1], [2, 3]),
    row(5, [], [9]),
    row(6, [], [8]),
    // Of another split: a row that is held back repeats none, and contradicts none.
    row(7, [1], [2, 3], 'held-out'),
    row(8, [1, 2], [5], 'held-out'),
  ];
  const { repeated, contradicting } = alikeRows(rows, false);
  expect([...repeated].map(({ number }) => number)).toEqual([1, 2]);
  expect([...contradicting].map(({ number }) => number)).toEqual([1, 2, 3]);
});

test('tables are read as they were written, and nothing else is', () => {
  const rows = [
    { row: 2, split: 'training', before: 1.25, after: 1e-7, tokens: 3, doubts: ['repeated', 'contradicts'] },
    { row: 9, split: 'held-out', before: Number.NaN, after: 0.5, tokens: 1, doubts: [] },
  ] as const;
  expect(readLossTable(lossTable(rows))).toEqual(rows);
  expect(readLossTable(lossTable(rows).slice(0, -4))).toBeNull();
  expect(readLossTable('row\r\n')).toBeNull();
  expect(influenceTable([{ row: 3, influence: -0.5 }])).toBe('row,influence\r\n3,-0.5\r\n');
  expect(tokenTable([{ text: 'a "b"', before: null, after: 1 }])).toBe(
    'token,loss_before,loss_after\r\n"a ""b""",,1\r\n',
  );
});
