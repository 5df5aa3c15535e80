import { describe, expect, test } from 'vitest';
import { AppError } from '../../../errors.ts';
import { memoryDirectory } from '../../../files/memory-directory.ts';
import { readMetrics, readOutcome } from '../../../files/runs.ts';
import { askHeldOutWith } from '../../../generation/held-out.ts';
import { type ConfigChanges, goldenRun } from '../../../testing/golden-run.ts';
import { referenceExecutor } from '../../../testing/reference-executor.ts';
import { verdictEn } from '../../../ui/text/en-verdict.ts';
import type { Outcome } from '../../run/outcome.ts';
import { createTraining, type Training, type TrainingOptions } from '../../run/trainer.ts';
import { verdictOf } from './decide.ts';

/** A run from its first step to its verdict. */
async function endOf(
  name: string,
  rows: readonly string[][],
  changes: ConfigChanges,
  more: Partial<TrainingOptions> = {},
  stopIn?: string,
) {
  const merged = { ...changes, tuning: { init_from: '', ...changes.tuning } };
  const golden = await goldenRun(name, merged);
  const tables = { training: { ...golden.tables.training, rows } };
  const run = memoryDirectory();
  const phases: string[] = [];
  const training: Training = createTraining({
    ...golden,
    tables,
    adapter: undefined,
    executor: referenceExecutor(),
    run,
    askHeldOut: askHeldOutWith(null),
    onEvent(event) {
      if (event.kind !== 'phase') return;
      phases.push(event.phase);
      if (event.phase === stopIn && event.detail) training.stop();
    },
    ...more,
  });
  await training.start().catch((thrown: unknown) => {
    if (!(thrown instanceof AppError)) throw thrown;
  });
  const outcome = (await readOutcome(run)) as Outcome | null;
  const records = await readMetrics(run);
  const { config, totalSteps } = training;
  const { finding, notes, actions } = verdictOf({ config, records, outcome, totalSteps })!;
  const said = { kind: finding.kind, sentence: verdictEn.sentence(finding), actions: actions.map(verdictEn.action) };
  return { ...said, notes: notes.map(({ kind }) => kind), outcome, phases };
}

const colours = ['red', 'blue', 'warm', 'cold'];
const animals = ['dog', 'cat', 'bird', 'tree'];
const verbs = ['sees', 'finds', 'sings', 'sleeps', 'walks'];
/** 80 texts, the animal, its colour and what it does; which animal it is decides the label. */
const texts = animals.flatMap((animal) => colours.flatMap((colour) => verbs.map((verb) => [animal, colour, verb])));
const classified = texts.map(([animal, colour, verb]) => [
  `${colour} ${animal} ${verb}.`,
  animal === 'dog' || animal === 'cat' ? 'fur' : 'none',
]);

const learns = {
  dataset: { validation_strategy: 'automatic', validation_size: 0.25 },
  training: {
    ...{ epochs: 6, max_steps: 0, batch_size: 8, learning_rate: 0.005, warmup_steps: 0, shuffle: true },
    evaluation_epochs: 2,
  },
} satisfies ConfigChanges;

const changed = (training: ConfigChanges['training'], dataset: ConfigChanges['dataset'] = {}): ConfigChanges => ({
  dataset: { ...learns.dataset, ...dataset },
  training: { ...learns.training, ...training },
});

describe('a run on classes', { timeout: 60_000 }, () => {
  const classes = 'gpt2-score-full';

  test('that goes well has learned, and says of how many rows', async () => {
    const { kind, sentence, phases } = await endOf(classes, classified, learns);
    expect(kind, sentence).toBe('learned');
    expect(sentence).toMatch(
      /^Learned: (1[6-9]|20) of 20 held-out rows are right \(95% confidence interval \d+% to \d+%\), macro F1 /,
    );
    expect(phases.slice(-2)).toEqual(['answering', 'finished']);
  });

  test('at a rate of 50 broke, and is offered a usual one', async () => {
    const { kind, actions, sentence } = await endOf(classes, classified, changed({ learning_rate: 50, epochs: 2 }));
    expect(kind, sentence).toBe('broke');
    expect(actions).toEqual(['Again at 2e-3']);
  });

  test('of one epoch at 1e-6 has not learned yet', async () => {
    const { kind, sentence } = await endOf(classes, classified, changed({ learning_rate: 1e-6, epochs: 1 }));
    expect(kind, sentence).toBe('not-yet');
    expect(sentence).toContain('1e-6 is too small');
  });

  test('with labels that were shuffled learns by heart', async () => {
    const shuffled = classified.map(([text], row) => [text!, (row * 7919) % 13 < 6 ? 'fur' : 'none']);
    const { kind, sentence } = await endOf(
      classes,
      shuffled,
      changed({ epochs: 16, evaluation_epochs: 8, learning_rate: 0.01 }),
    );
    expect(kind, sentence).toBe('by-heart');
  });

  test('that holds one row back cannot tell', async () => {
    const { kind, sentence } = await endOf(classes, classified, changed({ epochs: 2 }, { validation_size: 0.01 }));
    expect(kind).toBe('cannot-tell');
    expect(sentence).toMatch(/^1 held-out row is too few to tell/);
    expect(sentence).not.toContain('accuracy');
  });

  test('of which each row stands twice cannot tell: held-out rows were trained on', async () => {
    const { kind, outcome, sentence } = await endOf(classes, [...classified, ...classified], changed({ epochs: 1 }));
    expect(outcome!.rows.shared).toBeGreaterThan(outcome!.rows.held / 2);
    expect(kind, sentence).toBe('cannot-tell');
  });

  test('of one class has nothing to tell apart', async () => {
    const { tables } = await goldenRun(classes);
    const validation = { ...tables.training, rows: classified.slice(20, 60) };
    const own = { validation_strategy: 'custom', validation_dataframe: 'other.csv' } as const;
    const both = { training: { ...tables.training, rows: classified.slice(0, 40) }, validation };
    const { kind } = await endOf(classes, [], changed({ epochs: 1 }, own), { tables: both });
    expect(kind).toBe('one-class');
  });
});

describe('a run that writes', { timeout: 60_000 }, () => {
  const writer = 'gpt2-full';
  const written = texts.map(([animal, colour, verb]) => [`${colour} ${animal} ${verb}?`, `${animal}.`]);

  test('answers its held-out rows before and after, and has learned', async () => {
    const { kind, sentence, outcome } = await endOf('llama-full', written, changed({ epochs: 6, learning_rate: 0.01 }));
    expect(outcome!.heldOut).toMatchObject({ metric: 'matches', rows: 20, base: 0 });
    expect(kind, sentence).toBe('learned');
    expect(sentence).toMatch(/ of 20 held-out answers match \(95% .*\), the base 0\.$/);
  });

  test('plain text in two batches is told row by row, and has learned', async () => {
    const plain = texts.slice(0, 40).map(([animal, colour, verb]) => ['', `The ${colour} ${animal} ${verb}.`]);
    const dataset = { validation_size: 0.2, prompt_column: [], problem_type: 'text' } as const;
    const { kind, sentence, outcome } = await endOf(
      'llama-full',
      plain,
      changed({ epochs: 4, batch_size: 4, learning_rate: 0.01 }, dataset),
    );
    expect(outcome!.heldOut).toMatchObject({ metric: 'perplexity', rows: 8, better: 8, worse: 0 });
    expect(kind, sentence).toBe('learned');
    expect(sentence).toMatch(/^Learned: perplexity .* on 8 held-out rows, the base /);
  });

  test('of which the prompts are cut away could not learn', async () => {
    const cut = {
      ...changed({ epochs: 1, learning_rate: 1e-3 }),
      tokenizer: { max_length: 4, allow_truncation: true },
    };
    const { kind, sentence, notes } = await endOf(writer, written, cut);
    expect([kind, ...notes], sentence).toContain('cut');
  });

  test('and is stopped while it answers keeps what was answered, and is finished', async () => {
    const { phases, outcome } = await endOf(writer, written, changed({ epochs: 1 }), {}, 'answering');
    expect(phases.at(-1)).toBe('finished');
    expect(outcome!.reason).toBe('finished');
    expect(outcome!.heldOut!.rows).toBe(8);
  });

  test('and is stopped in the middle is told how far it came, without being asked', async () => {
    const { kind, outcome } = await endOf(writer, written, changed({ epochs: 1 }), { stopAfter: 3 });
    expect(kind).toBe('stopped');
    expect(outcome!.heldOut).toBeNull();
  });
});
