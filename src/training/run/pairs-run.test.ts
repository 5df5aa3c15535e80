import { expect, test } from 'vitest';
import { taskOf } from '../../tasks/registry.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { classifyTokens } from '../results/classify.ts';
import { fitRows, openRun } from '../session/fit-run.ts';
import { openTokenizer } from '../session/open-model.ts';
import type { TrainingEvent } from './events.ts';
import { createTraining } from './trainer.ts';

const validated = {
  dataset: { validation_strategy: 'automatic', validation_size: 0.3 },
  training: { max_steps: 4 },
} as const;

test('a run on pairs of texts is scored as its model is asked about them afterwards', { timeout: 60_000 }, async () => {
  const options = await goldenRun('bert-pairs-lora', validated);
  const events: TrainingEvent[] = [];
  const training = createTraining({
    ...options,
    executor: referenceExecutor(),
    onEvent: (event) => events.push(event),
  });
  await training.start();
  const { model } = training;
  const tokenizer = await openTokenizer(model.open.files);
  const { answers } = taskOf(options.config);
  const rows = training.data.validationRows;
  const { questions, score } = answers!.known(model.open.model, tokenizer, options.config, rows);
  const logits = await classifyTokens(model, questions, 'tuned', 3);
  const scored = events.filter((event) => event.kind === 'evaluation').at(-1)!.scores as { accuracy: number };
  expect(score(logits.map((each) => [each] as const))).toEqual({ metric: 'accuracy', value: scored.accuracy });
  expect(questions[0]!.text).toBe(`${rows[0]!.prompt[0]}\n${rows[0]!.textPair}`);

  const asked = async (text: string, textPair?: string) => {
    const question = answers!.question(model.open.model, tokenizer, text, textPair);
    return { ...question, logits: (await classifyTokens(model, [question], 'tuned'))[0]! };
  };
  const [first, second] = ['a red bird.', 'the tree.'];
  const pair = await asked(first, second);
  expect(pair.typeStart).toBe((await asked(first)).ids.length);
  // The same tokens as one text, without types: another question.
  const [untyped] = await classifyTokens(model, [{ ids: pair.ids }], 'tuned');
  expect(untyped).not.toEqual(pair.logits);
  expect((await asked(second, first)).logits).not.toEqual(pair.logits);
});

test('packed pairs have the loss and gradient norm of pairs that have a row each', { timeout: 60_000 }, async () => {
  const step = async (packing: boolean) => {
    const options = await goldenRun('albert-pairs-full', {
      tokenizer: { packing, max_length: 60, allow_truncation: true },
      training: { batch_size: 24, drop_last_batch: false, max_steps: 1 },
    });
    const events: TrainingEvent[] = [];
    const onEvent = (event: TrainingEvent) => events.push(event);
    const training = createTraining({ ...options, executor: referenceExecutor(), onEvent });
    await training.start();
    const { loss, gradNorm } = events.find((event) => event.kind === 'step')!.metrics;
    return { rows: training.data.train.rowsPerEpoch, loss, gradNorm };
  };
  const [apart, packed] = [await step(false), await step(true)];
  expect(packed.rows).toBeLessThan(apart.rows);
  expect(packed.loss / apart.loss).toBeCloseTo(1, 5);
  expect(packed.gradNorm / apart.gradNorm).toBeCloseTo(1, 4);
});

test('the first rows show where the second text begins', async () => {
  const { open, config, ...material } = await goldenRun('roberta-pairs-full', {});
  const { lesson, open: opened } = openRun(open, config, material);
  const [row] = fitRows(lesson, opened.model, config).firstRows(1);
  const second = row!.tokens.filter(({ isSecond }) => isSecond).map(({ text }) => text);
  const cells = material.tables.training.rows[0]!;
  expect(row!.truncated).toBe(false);
  expect(second.join('')).toBe(`${cells[1]}</s>`);
  expect(row!.tokens.map(({ text }) => text).join('')).toBe(`<s>${cells[0]}</s></s>${cells[1]}</s>`);
});

test('a decoder, and rows without room for a pair, are refused before a run', async () => {
  await expect(goldenRun('llama-score-lora', { dataset: { text_pair_column: 'text' } })).rejects.toThrow(
    expect.objectContaining({ code: 'text-pair-unread', params: { modelType: 'llama' } }),
  );
  for (const [dataset, key] of [
    [{ text_pair_column: 'label' }, 'dataset.text_pair_column'],
    [{ prompt_column: ['label'] }, 'dataset.prompt_column'],
  ] as const)
    await expect(goldenRun('bert-pairs-lora', { dataset })).rejects.toThrow(
      expect.objectContaining({ code: 'run-config-invalid', params: expect.objectContaining({ key }) }),
    );
  const short = await goldenRun('roberta-pairs-full', { tokenizer: { max_length: 4 } });
  expect(() => createTraining({ ...short, executor: referenceExecutor() })).toThrow(
    expect.objectContaining({ code: 'run-config-invalid', message: expect.stringContaining('4 special tokens') }),
  );
});
