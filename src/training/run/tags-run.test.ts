import { expect, test } from 'vitest';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { readMetrics } from '../../files/runs.ts';
import { requireTextModel } from '../../models/model.ts';
import { taskOf } from '../../tasks/registry.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { classifyTokens } from '../results/classify.ts';
import { openTokenizer } from '../session/open-model.ts';
import type { TrainingEvent } from './events.ts';
import { lastScores } from './metrics-log.ts';
import { createTraining } from './trainer.ts';

test('a run that learns tags is scored by its entities, as the table of held-out rows is; a text is marked', {
  timeout: 60_000,
}, async () => {
  const evaluations: Extract<TrainingEvent, { kind: 'evaluation' }>[] = [];
  const run = memoryDirectory();
  const options = await goldenRun('bert-tags-lora', {
    dataset: { validation_strategy: 'automatic', validation_size: 0.3 },
  });
  const training = createTraining({
    ...options,
    executor: referenceExecutor(),
    run,
    onEvent: (event) => event.kind === 'evaluation' && evaluations.push(event),
  });
  await training.start();
  const task = taskOf(options.config);
  const model = requireTextModel(training.model.open.model);
  const tokenizer = await openTokenizer(training.model.open.files);
  const { questions, score } = task.answers!.known(model, tokenizer, options.config, training.data.validationRows);
  const logits = await classifyTokens(training.model, questions, 'tuned', 4);
  const { f1 } = evaluations.at(-1)!.scores!;
  expect(f1).toBeGreaterThan(0.1);
  expect(score(logits.map((each) => [each] as const))).toEqual({ metric: 'f1', value: f1 });
  expect(lastScores(await readMetrics(run), task.scores)).toEqual(evaluations.at(-1)!.scores);

  const text = 'the dog  sees a red bird.';
  const { ids, classification } = task.answers!.question(model, tokenizer, text);
  const [tags] = await classifyTokens(training.model, [{ ids }], 'tuned');
  expect(tags!.length).toBe(ids.length * model.classifier!.outputs);
  const { pieces } = classification(tags!);
  expect(pieces!.map((piece) => piece.text).join('')).toBe(text);
  expect(pieces!.some(({ label }) => label !== null)).toBe(true);
});
