import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { sequenceLogits } from '../../generation/logits.ts';
import { type ConfigChanges, goldenNames, goldenRun, recorder } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { initialValues } from '../../tuning/initial.ts';
import { methods } from '../../tuning/methods.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { createTraining } from '../run/trainer.ts';

const page = readFileSync(new URL('../../../docs/methods.md', import.meta.url), 'utf8');
/** The cells of the rows of the table of methods. */
const table = page
  .slice(page.indexOf('| method |'))
  .split('\n\n')[0]!
  .split('\n')
  .slice(2)
  .map((line) => line.slice(2, -2).split(' | '));
const methodOfRow = (words: string): string => /^[\w-]+/.exec(words)![0];

describe('docs/methods.md', () => {
  test('has a row for every method, and none for another', () => {
    expect([...new Set(table.map(([method]) => methodOfRow(method!)))].sort()).toEqual(
      ['full', ...Object.keys(methods)].sort(),
    );
  });

  test('names every case of a method beside plain LoRA and full fine-tuning', () => {
    const known = new Set(table.flat().flatMap((cell) => cell.split(', ')));
    const plain =
      /-(lora|full|regression|sgd|adam\w*(?:-betas)?|rmsprop|adadelta|differential|layer-wise|sample-averaged)$/;
    expect(goldenNames.filter((name) => !plain.test(name) && !known.has(name))).toEqual([]);
  });

  test.each(table.map((row) => [row[0]!, row.slice(1, 5)] as const))(
    '%s: cases there are, or a reason',
    async (row, cells) => {
      const models = ['llama', 'gpt2', 'bert'];
      for (const [column, cell] of cells.entries()) {
        // A reason begins with one of these words.
        for (const name of /^(no|names|rounding|refused|as)\b/.test(cell) ? [] : cell.split(', ')) {
          expect(goldenNames).toContain(name);
          const { config, open } = await goldenRun(name);
          expect(config.tuning.method).toBe(methodOfRow(row));
          if (column < models.length) expect(open.model.modelType).toBe(models[column]);
        }
      }
    },
  );
});

/** The losses of a golden run that starts from a fresh adapter. */
async function freshLosses(name: string, tuning: ConfigChanges['tuning'], steps = 1): Promise<number[]> {
  const { adapter: _, ...options } = await goldenRun(name, {
    tuning: { ...tuning, init_from: '' },
    training: { max_steps: steps, warmup_steps: 0 },
  });
  const { onEvent, steps: seen } = recorder();
  await createTraining({ ...options, executor: referenceExecutor(), onEvent }).start();
  return seen.map(({ loss }) => loss);
}

test.each(['llama-dora', 'gpt2-dora'])('%s starts at the base model, with dropout and without', async (name) => {
  const [base] = await freshLosses(name, { use_dora: false });
  expect((await freshLosses(name, {}))[0]).toBeCloseTo(base!, 6);
  expect((await freshLosses(name, { lora_dropout: 0.4 }))[0]).toBeCloseTo(base!, 6);
});

test('dropout of DoRA changes what is learned', async () => {
  const kept = await freshLosses('llama-dora', {}, 4);
  const dropped = await freshLosses('llama-dora', { lora_dropout: 0.4 }, 4);
  expect(Math.abs(kept[3]! - dropped[3]!)).toBeGreaterThan(1e-4);
});

test.each(['llama-prompt', 'llama-prefix'])('%s refuses packed rows', async (name) => {
  const options = await goldenRun(name, { tokenizer: { packing: true } });
  const refused = { code: 'run-config-invalid', params: expect.objectContaining({ key: 'tokenizer.packing' }) };
  expect(() => createTraining({ ...options, executor: referenceExecutor() })).toThrow(expect.objectContaining(refused));
});

test.each([
  ['llama-adapter', 'PEFT'],
  ['series-adapter', 'AdapterHub'],
  ['parallel-adapter', 'AdapterHub'],
] as const)('%s names the architectures that %s has it for', async (method, library) => {
  const { adapter: _, ...options } = await goldenRun('qwen2-lora', { tuning: { method, init_from: '' } });
  const run = () => createTraining({ ...options, executor: referenceExecutor() });
  expect(run).toThrow(expect.objectContaining({ code: 'setting-unsupported' }));
  expect(run).toThrow(`llama, mistral, gpt2`);
  expect(run).toThrow(library);
});

test('LLaMA-Adapter starts at the base model', async () => {
  const [base] = await freshLosses('llama-adapter', { method: 'lora' });
  expect((await freshLosses('llama-adapter', {}))[0]).toBeCloseTo(base!, 6);
});

test.each(['llama-vera', 'llama-p-tuning', 'llama-series', 'gpt2-lora-embedding'])(
  '%s goes on from its checkpoint alone to the same end',
  async (name) => {
    const options = await goldenRun(name, { training: { max_steps: 4 } });
    const whole = createTraining({ ...options, executor: referenceExecutor() });
    await whole.start();
    const run = memoryDirectory();
    await createTraining({ ...options, executor: referenceExecutor(), run, stopAfter: 2 }).start();
    const { adapter: _, ...withoutAdapter } = options;
    const rest = createTraining({ ...withoutAdapter, executor: referenceExecutor(), run, resume: true });
    expect(await rest.start()).toMatchObject({ reason: 'finished', step: 4 });
    const ids = [5, 23, 15];
    expect(await sequenceLogits(rest.model, ids)).toEqual(await sequenceLogits(whole.model, ids));
  },
);

test('virtual tokens leave a model that much less room', async () => {
  const options = await goldenRun('gpt2-prompt', { tuning: { num_virtual_tokens: 4096, init_from: '' } });
  const { adapter: _, ...fresh } = options;
  expect(() => createTraining({ ...fresh, executor: referenceExecutor() })).toThrow('positions');
});

test('feedforward_modules of IA3 are scaled at their input, other modules at their output', async () => {
  const { open } = await goldenRun('llama-ia3');
  const settings = { lora_target_modules: ['k_proj', 'up_proj'], feedforward_modules: ['up_proj'] };
  const { adapterParameters } = resolveTuning(open.model, { method: 'ia3', ...settings });
  const shapes = adapterParameters.filter(({ name }) => name.includes('layers.0.')).map(({ shape }) => shape);
  const { kvHeads, headDim } = open.model.layers[0]!.attention!;
  expect(shapes).toEqual([
    [kvHeads * headDim, 1],
    [1, open.model.hiddenSize],
  ]);
});

test('a prompt may start from tokens of the vocabulary', async () => {
  const { open } = await goldenRun('llama-prompt');
  const table = await open.weights.readFloats(open.tensorOf('model.embed_tokens.weight'));
  const name = 'prompt_embeddings';
  const init = { kind: 'sampled-rows', of: 'model.embed_tokens.weight', scale: 1 } as const;
  const values = initialValues({ name, shape: [5, 48], init }, 1, table);
  const rows = Array.from({ length: 131 }, (_, row) => String(table.subarray(row * 48, (row + 1) * 48)));
  const drawn = Array.from({ length: 5 }, (_, row) => rows.indexOf(String(values.subarray(row * 48, (row + 1) * 48))));
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
  expect(new Set(drawn).size).toBeGreaterThan(1);
});

test('a random prompt is drawn from N(0, 1)', () => {
  const init = { kind: 'normal', deviation: 1 } as const;
  const values = initialValues({ name: 'prompt_embeddings', shape: [100, 100], init }, 1);
  const moment = (power: number): number => values.reduce((sum, value) => sum + value ** power, 0) / values.length;
  // Of 10,000 draws: standard errors are 0.01 for the mean, 0.014 for the variance, 0.1 for the fourth moment.
  expect(Math.abs(moment(1))).toBeLessThan(0.05);
  expect(Math.abs(moment(2) - 1)).toBeLessThan(0.07);
  expect(Math.abs(moment(4) - 3)).toBeLessThan(0.5);
});
