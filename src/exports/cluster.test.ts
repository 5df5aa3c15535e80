import { describe, expect, test } from 'vitest';
import { memoryDirectory } from '../files/memory-directory.ts';
import { loadNamed } from '../files/runs.ts';
import type { ModelFiles } from '../files/source.ts';
import type { CodedTensor } from '../files/tensor-info.ts';
import type { Weights } from '../files/weights.ts';
import { type ConfigChanges, goldenRun, withChanges } from '../testing/golden-run.ts';
import { referenceExecutor } from '../testing/reference-executor.ts';
import { written } from '../testing/written.ts';
import { defaultRunConfig } from '../training/config/run-config.ts';
import { continuationOf } from '../training/results/continuation.ts';
import { createTraining } from '../training/run/trainer.ts';
import { cluster } from './cluster.ts';
import { untold } from './run-story.ts';
import { factsOfConfig, requireTarget, targets } from './targets.ts';

const done = 3;

/** The project of a golden run that was stopped, and the batches that it goes on with. */
async function project(
  name: string,
  changes: ConfigChanges = {},
  stopAfter = done,
  { coded, gguf }: { coded?: Weights['coded']; gguf?: ModelFiles['gguf'] } = {},
) {
  const options = await goldenRun(name, { environment: { seed: 7 }, ...changes });
  const { open, config, tokenizer, tables } = options;
  const weights = coded ? { ...open.weights, coded } : open.weights;
  const published = { ...open, weights, files: gguf ? { ...open.files, gguf } : open.files };
  const folder = memoryDirectory();
  const training = createTraining({ ...options, executor: referenceExecutor(), run: folder, stopAfter });
  await training.start();
  await folder.write('adapter/README.md', [new Uint8Array(1)]);
  const material = { tables, tokenizer };
  const missing = async (): Promise<never> => {
    throw new Error('not read');
  };
  const files = await cluster.write({
    ...{ name, settings: async () => config, folder: () => folder, story: async () => untold },
    ...{ tuned: missing, values: missing },
    continuation: () => continuationOf({ folder, config, published, baseName: `owner/${name}`, material, tokenizer }),
  });
  return { paths: files.map(({ path }) => path), files: await written(files), train: training.data.train, folder };
}

const lines = async (files: ModelFiles, path: string) =>
  (await files.text(path))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('the project of a run', () => {
  test.each([
    ['llama-lora', { training: { shuffle: true } }],
    ['llama-lora', { training: { shuffle: true }, tokenizer: { packing: true, max_length: 60 } }],
    ['qwen2-lora', { tokenizer: { padding_quantile: 0.5 } }],
  ] as const)('%s: its rows are those that each update would take, with their labels: %j', async (name, changes) => {
    const { files, train } = await project(name, changes);
    const [rows, updates] = [await lines(files, 'data/rows.jsonl'), await lines(files, 'data/updates.jsonl')];
    expect(updates.map(({ step }) => step)).toEqual(Array.from({ length: 20 - done }, (_, index) => done + index + 1));
    for (const { step, rows: taken, tokens } of updates) {
      const at = step - 1;
      const window = train.windowAt(Math.floor(at / train.stepsPerEpoch), at % train.stepsPerEpoch);
      const mine = taken.map((row: number) => rows[row]);
      expect(tokens).toBe(window.tokens);
      const ids = mine.flatMap((row: { input_ids: number[] }) => row.input_ids);
      const whole = window.batches.flatMap(({ ids, lengths, length }) =>
        lengths.flatMap((row, place) => {
          const count = row.reduce((sum, each) => sum + each, 0);
          return [...ids.subarray(place * length, place * length + count)];
        }),
      );
      expect(ids).toEqual(whole);
      const learned = mine
        .flatMap(({ labels }: { labels: number[] }) => labels)
        .filter((label: number) => label !== -100);
      const wanted = window.batches.flatMap(({ labels }) => [...labels].filter((label) => label !== -100));
      expect(learned).toEqual(wanted);
    }
    expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(rows.length);
    for (const { input_ids, labels } of rows)
      expect(labels.every((label: number, at: number) => label === -100 || (at > 0 && label === input_ids[at]))).toBe(
        true,
      );
  });

  test('a class is learned of a whole text', async () => {
    const { files } = await project('bert-lora');
    const rows = await lines(files, 'data/rows.jsonl');
    expect(new Set(rows.map(({ labels }) => labels))).toEqual(new Set([0, 1, 2]));
    const script = await files.text('train.py');
    expect(script).toContain('id2label={0: "animal", 1: "colour", 2: "other"}');
    expect(script).toContain('class Continued(Trainer)');
  });

  test('a pair is both of its answers, with what the model said of them before training', async () => {
    const changes: ConfigChanges = {
      dataset: { validation_strategy: 'automatic', validation_size: 0.3 },
      training: { shuffle: true, drop_last_batch: false, batch_size: 3, label_smoothing: 0.1 },
    };
    const { files, train, paths, folder } = await project('../golden-preferences/llama-dpo-lora', changes);
    const [pairs, updates, held] = await Promise.all(
      ['rows', 'updates', 'validation'].map((name) => lines(files, `data/${name}.jsonl`)),
    );
    const kept = await loadNamed(folder, 'reference');
    const [training, validation] = await Promise.all(
      ['training', 'validation'].map((name) => kept!.weights.readFloats(name)),
    );
    expect(held!.flatMap(({ reference }) => reference)).toEqual([...validation!]);
    for (const { step, rows } of updates!) {
      const at = step - 1;
      const { batches } = train.windowAt(Math.floor(at / train.stepsPerEpoch), at % train.stepsPerEpoch);
      const [{ rows: sequences, ids, lengths, length }] = batches as [(typeof batches)[number]];
      const mine = rows.map((row: number) => pairs![row]);
      expect(mine.flatMap(({ reference }: { reference: number[] }) => reference)).toEqual(
        sequences.map(([sequence]) => training![sequence!]),
      );
      const whole = sequences.map((_, place) => [
        ...ids.subarray(place * length, place * length + lengths[place]![0]!),
      ]);
      expect(mine.flatMap(({ input_ids }: { input_ids: number[][] }) => input_ids)).toEqual(whole);
    }
    expect(updates!.some(({ rows }) => rows.length === 3) && updates!.some(({ rows }) => rows.length < 3)).toBe(true);
    expect(paths).toContain('run/checkpoints/reference.safetensors');
    const script = await files.text('train.py');
    expect(script).toContain('BETA, SMOOTHING = 0.3, 0.1');
    expect(script).toContain('losses = (1 - SMOOTHING) * -logsigmoid(margins) - SMOOTHING * logsigmoid(-margins)');
    expect(script).not.toContain('undefined');
  });

  test('of pairs is not written without what the model said before training', async () => {
    const options = await goldenRun('../golden-preferences/llama-dpo-lora', { environment: { seed: 7 } });
    const { open, config, tokenizer, tables } = options;
    const folder = memoryDirectory();
    await createTraining({ ...options, executor: referenceExecutor(), run: folder, stopAfter: 2 }).start();
    await folder.remove('checkpoints/reference.safetensors');
    const material = { tables, tokenizer };
    await expect(
      continuationOf({ folder, config, published: open, baseName: null, material, tokenizer }),
    ).rejects.toThrow('what the model said before training is not kept');
  });

  test('holds the run as far as it is gone, without what was written of its result', async () => {
    const { files, paths } = await project('llama-lora', {
      dataset: { validation_strategy: 'automatic', validation_size: 0.2 },
    });
    expect(paths.filter((path) => path.startsWith('run/')).sort()).toEqual([
      'run/checkpoints/step-00000003.safetensors',
      'run/info.json',
      'run/inside.jsonl',
      'run/metrics.jsonl',
      'run/outcome.json',
      'run/run.json',
    ]);
    expect(paths).toEqual(expect.arrayContaining(['adapter/adapter_model.safetensors', 'data/validation.jsonl']));
    expect(await files.text('README.md')).toContain('This folder holds your rows');
    expect(await files.text('README.md')).toMatch(/does not look at general texts \(`forgetting_check`\)/);
    expect(await files.text('README.md')).not.toContain('not part of this folder');
  });

  test('of TRL no default is left to it that changes what is learned', async () => {
    const script = await (await project('llama-lora', { training: { gradient_clip: 0.5 } })).files.text('train.py');
    for (const setting of [
      'max_length=None',
      'packing=False',
      'loss_type="nll"',
      'max_grad_norm=0.5',
      'bf16=options.bf16',
    ])
      expect(script).toContain(setting);
    expect(script).not.toContain('undefined');
  });

  test('is not written of a run that has done all of its updates', async () => {
    await expect(project('llama-lora', { training: { max_steps: 4 } }, 4)).rejects.toMatchObject({
      code: 'cluster-unfit',
    });
  });

  test('is not written of a base that is published in few bits', async () => {
    const coded = new Map([['model.layers.0.mlp.up_proj.weight', { type: 'nf4' } as CodedTensor]]);
    await expect(project('llama-lora', {}, done, { coded })).rejects.toThrow('its base was kept in nf4');
  });

  test('is not written of a folder that held a GGUF file', async () => {
    const gguf = { convertedFrom: 'owner/name', basedOn: null };
    await expect(project('llama-lora', {}, done, { gguf })).rejects.toThrow('its base is a GGUF file');
  });

  test('is not written where the rows are no longer those that were learned', async () => {
    const options = await goldenRun('llama-lora', { environment: { seed: 7 } });
    const { open, config, tokenizer, tables } = options;
    const folder = memoryDirectory();
    await createTraining({ ...options, executor: referenceExecutor(), run: folder, stopAfter: 2 }).start();
    const material = { tables: { training: { ...tables.training, rows: tables.training.rows.slice(1) } }, tokenizer };
    await expect(
      continuationOf({ folder, config, published: open, baseName: null, material, tokenizer }),
    ).rejects.toMatchObject({ code: 'checkpoint-invalid' });
  });
});

describe('before anything is read it refuses', () => {
  test.each([
    [{ training: { optimizer: 'SGD' } }, 'only the moments of AdamW'],
    [{ training: { loss_function: 'SampleAveragedCrossEntropy' } }, 'a mean over rows'],
    [
      { training: { loss_function: 'ORPO' }, dataset: { problem_type: 'preference' } },
      'which its script does not have',
    ],
    [{ dataset: { problem_type: 'judged-answers' } }, 'its loss is KTO, which its script does not have'],
    [
      { training: { loss_function: 'BinaryCrossEntropy' }, dataset: { problem_type: 'classification' } },
      'several labels',
    ],
    [{ dataset: { problem_type: 'regression' } }, 'numbers'],
    [{ dataset: { problem_type: 'token-classification' } }, 'tags'],
    [{ model: { weights: 'nf4' } }, 'kept in nf4'],
    [{ environment: { mixed_precision: 'f16' } }, 'multiplies in f16'],
    [{ architecture: { intermediate_dropout: 0.1 } }, 'intermediate_dropout'],
    [{ augmentation: { neftune_noise_alpha: 5 } }, 'neftune_noise_alpha'],
    [{ augmentation: { token_mask_probability: 0.1 } }, 'token_mask_probability'],
    [{ tuning: { init_lora_weights: 'pissa' } }, 'PiSSA'],
    [{ tuning: { method: 'prefix' } }, 'PEFT does not train prefix on'],
    [{ tuning: { method: 'series-adapter' } }, 'of AdapterHub'],
  ] as const)('%j: %s', (changes, reason) => {
    const facts = factsOfConfig(withChanges(defaultRunConfig, changes as ConfigChanges), 'llama', {
      writes: true,
      textPairs: false,
    });
    expect(() => requireTarget('cluster', facts)).toThrow(reason);
    expect(() => requireTarget('cluster', facts)).toThrow(
      /Take this form, and train it on there from new moments: --to (peft|adapterhub|merged)\./,
    );
  });

  test('a GGUF file as the base, of which the merged model goes on', async () => {
    const changes = { model: { llm_backbone: 'owner/name/model-q4_0.gguf' } };
    const facts = factsOfConfig(withChanges(defaultRunConfig, changes), 'llama', { writes: true, textPairs: false });
    expect(() => requireTarget('cluster', facts)).toThrow('its base is a GGUF file');
    expect(() => requireTarget('cluster', facts)).toThrow('--to merged.');
  });

  test('pictures, and weights that no run lies beside', () => {
    const facts = factsOfConfig(defaultRunConfig, 'llama', { writes: true, textPairs: false });
    expect(requireTarget('cluster', facts)).toBe(targets.cluster);
    expect(() => requireTarget('cluster', { ...facts, pictures: true })).toThrow('looks at pictures');
    const { course: _, ...alone } = facts;
    expect(() => requireTarget('cluster', alone)).toThrow('Name the folder of the run');
  });
});
