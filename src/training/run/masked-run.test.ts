import { expect, test } from 'vitest';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { taskOf } from '../../tasks/registry.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { classifyTokens } from '../results/classify.ts';
import { openTokenizer } from '../session/open-model.ts';
import type { TrainingEvent } from './events.ts';
import { evaluatedHeldOut } from './held-out.ts';
import { createTraining } from './trainer.ts';

const limits = { signal: new AbortController().signal, hasTime: () => true, onDone: () => {} };

test('a run that learns masked tokens is evaluated on the same masks each time; its result fills in a text', {
  timeout: 60_000,
}, async () => {
  const evaluations: Extract<TrainingEvent, { kind: 'evaluation' }>[] = [];
  const options = await goldenRun('bert-masked-lora', {
    dataset: { validation_strategy: 'automatic', validation_size: 0.4 },
    training: { max_steps: 6, learning_rate: 0, evaluation_epochs: 1 },
  });
  const training = createTraining({
    ...options,
    executor: referenceExecutor(),
    run: memoryDirectory(),
    onEvent: (event) => event.kind === 'evaluation' && evaluations.push(event),
  });
  await training.start();
  // Nothing was learned, and each epoch of training had other masks.
  const losses = evaluations.map(({ loss }) => loss);
  expect(losses.length).toBeGreaterThan(1);
  for (const loss of losses) expect(loss).toBeCloseTo(losses[0]!, 9);
  const heldOut = await evaluatedHeldOut(
    { model: training.model, data: training.data, config: options.config },
    limits,
  );
  expect(heldOut!.metric).toBe('perplexity');

  const { model, files } = training.model.open;
  const tokenizer = await openTokenizer(files);
  const answers = taskOf(options.config).answers!;
  const ask = async (text: string) => {
    const { ids, classification } = answers.question(model, tokenizer, text);
    const [logits] = await classifyTokens(training.model, [{ ids }], 'tuned');
    return classification(logits!);
  };
  const { classes } = await ask('the [MASK] sings.');
  expect(classes).toHaveLength(5);
  expect(classes.map(({ chance }) => chance)).toEqual(classes.map(({ chance }) => chance).sort((a, b) => b - a));
  const { pieces } = await ask('the [MASK] sees a [MASK] bird.');
  expect(pieces!.map(({ text }) => text).join('')).toBe('the [MASK] sees a [MASK] bird.');
  expect(pieces!.filter(({ label }) => label !== null)).toHaveLength(2);
  expect(() => answers.question(model, tokenizer, 'nothing to tell')).toThrow(
    expect.objectContaining({ code: 'mask-wanted', params: { mask: '[MASK]' } }),
  );
});
