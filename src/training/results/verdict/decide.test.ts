import { describe, expect, test } from 'vitest';
import type { MetricsRecord } from '../../../files/run-records.ts';
import type { HeldOut } from '../../../tasks/held-out.ts';
import { verdictEn } from '../../../ui/text/en-verdict.ts';
import { verdictJa } from '../../../ui/text/ja-verdict.ts';
import { defaultRunConfig, type RunConfig } from '../../config/run-config.ts';
import type { Outcome, RowFacts } from '../../run/outcome.ts';
import { type RunEvidence, verdictOf } from './decide.ts';
import { signTest, wilson } from './statistics.ts';

interface Seen {
  /** Training losses, one an update. */
  readonly losses?: readonly number[];
  /** Validation losses by step. */
  readonly evaluated?: Readonly<Record<number, number>>;
  /** Of general texts by step: nats a token from the base, and perplexity from that of the base. */
  readonly general?: Readonly<Record<number, readonly [divergence: number, from: number, to: number]>>;
  readonly outcome?: Partial<Omit<Outcome, 'rows'>> | null;
  readonly rows?: Partial<RowFacts>;
  readonly heldOut?: Partial<HeldOut> | null;
  readonly training?: Partial<RunConfig['training']>;
  readonly totalSteps?: number;
}

const perEpoch = 10;
const falling = (from: number, to: number, count: number) =>
  Array.from({ length: count }, (_, index) => to + (from - to) * Math.exp((-5 * index) / count));

const matching: HeldOut = {
  ...{ metric: 'matches', rows: 30, tuned: 0.9, base: 0, blind: 0, better: 27, worse: 0, more: {}, baseMore: {} },
};

function evidence(seen: Seen): RunEvidence {
  const {
    losses = falling(3, 0.2, 60),
    evaluated = {},
    general = {},
    outcome = {},
    rows = {},
    heldOut = {},
    training = {},
  } = seen;
  const records = losses.map((loss, index): MetricsRecord => {
    const step = index + 1;
    const [divergence, from, to] = general[step] ?? [];
    const read = {
      eval_general_divergence: divergence!,
      eval_general_base_perplexity: from!,
      eval_general_perplexity: to!,
    };
    return {
      ...{ step, epoch: step / perEpoch, loss },
      ...(step in evaluated ? { eval_loss: evaluated[step]! } : {}),
      ...(step in general ? read : {}),
    };
  });
  return {
    config: { ...defaultRunConfig, training: { ...defaultRunConfig.training, ...training } },
    records,
    totalSteps: seen.totalSteps ?? losses.length,
    outcome: outcome && {
      ...{ reason: 'finished', step: losses.length, resultStep: losses.length, usualRate: 3e-4 },
      ...outcome,
      heldOut: heldOut && { ...matching, ...heldOut },
      rows: { training: 170, held: 30, cut: 0, longest: 0, shared: 0, classes: null, ...rows },
    },
  };
}

const found = (seen: Seen) => {
  const { finding, notes, actions } = verdictOf(evidence(seen))!;
  return {
    ...{ kind: finding.kind, english: verdictEn.sentence(finding), japanese: verdictJa.sentence(finding) },
    notes: notes.map(({ kind }) => kind),
    actions: actions.map(verdictEn.action),
  };
};

const nothing = { tuned: 0, better: 0, worse: 0 };

describe('a run ends in the verdict that it deserves', () => {
  test('learned: held-out answers match, and the base had none', () => {
    const { kind, english, japanese, actions } = found({});
    expect(kind).toBe('learned');
    expect(english).toMatch(
      /^Learned: 27 of 30 held-out answers match \(95% confidence interval 74% to 97%\), the base 0\.$/,
    );
    expect(japanese).toContain('30 件のうち 27 件');
    expect(actions).toEqual(['Chat', 'Download']);
  });

  test('in part: fewer match, and more than before', () => {
    expect(found({ heldOut: { tuned: 10 / 30, better: 10 } }).kind).toBe('partly');
  });

  test('not yet: too few updates, and how many more', () => {
    const { kind, english, actions } = found({ losses: falling(3, 2, 29), heldOut: nothing });
    expect(kind).toBe('not-yet');
    expect(english).toContain('29 updates at this rate are too few. 0 of 30 held-out answers match, the base 0.');
    expect(actions).toEqual(['Continue training: 20 epochs']);
  });

  test('not yet: a rate of 1e-6 is too small, whatever the number of updates', () => {
    const flat = Array.from({ length: 200 }, () => 3);
    const { english, actions } = found({ losses: flat, heldOut: nothing, training: { learning_rate: 1e-6 } });
    expect(english).toContain('a learning rate of 1e-6 is too small');
    expect(actions).toEqual(['Again at 3e-4']);
  });

  test('stuck: long enough, and the loss does not fall', () => {
    expect(found({ losses: Array.from({ length: 200 }, () => 3), heldOut: nothing }).kind).toBe('stuck');
  });

  test('by heart: validation rose, and what was kept', () => {
    const evaluated = { 20: 1.5, 40: 2, 60: 3 };
    const { kind, english, actions } = found({ evaluated, heldOut: nothing });
    expect(kind).toBe('by-heart');
    expect(english).toContain('validation rose after step 20; the last was kept');
    expect(actions[0]).toBe('Again and keep the best');
    const best = found({ evaluated, heldOut: nothing, training: { save_checkpoint: 'best' } });
    expect(best.english).toContain('the best was kept');
  });

  test('validation that rose is a note where held-out answers are good all the same', () => {
    const { kind, notes } = found({ evaluated: { 20: 1.5, 60: 3 } });
    expect({ kind, notes }).toEqual({ kind: 'learned', notes: ['rose'] });
  });

  test('broke: the loss rose, or was no number', () => {
    const losses = [0.31, 0.3, 0.29, 0.3, 2, 5, 6, 7, 6.5, 6.8];
    const { english, actions } = found({ losses, heldOut: null, training: { learning_rate: 50 } });
    expect(english).toBe('Training diverged: the loss rose from 0.29 to 6.8.');
    expect(actions).toEqual(['Again at 3e-4']);
    const outcome = { reason: 'failed', code: 'loss-not-finite', step: 7 } as const;
    expect(found({ losses: losses.slice(0, 6), outcome, heldOut: null }).english).toBe(
      'Training diverged: the loss was NaN or infinite after step 7.',
    );
    expect(verdictOf(evidence({ outcome: { reason: 'failed', code: 'storage-full' } }))).toBeNull();
  });

  test('a loss that was low and wavers did not break', () => {
    const losses = [0.2, 0.05, 0.02, 0.01, 0.03, 0.05, 0.02, 0.04, 0.06, 0.08];
    expect(found({ losses }).kind).toBe('learned');
  });

  test('worse than before, and as good as before', () => {
    expect(found({ heldOut: { tuned: 0.1, base: 0.9, better: 0, worse: 24 } }).kind).toBe('worse');
    expect(found({ heldOut: { tuned: 0.9, base: 0.9, better: 1, worse: 1 } }).kind).toBe('base-as-good');
  });

  test('one row held back is never enough, and none is not either', () => {
    const one = found({ rows: { held: 1 }, heldOut: { metric: 'accuracy', rows: 1, tuned: 1, better: 1, blind: 0 } });
    expect(one.kind).toBe('cannot-tell');
    expect(one.english).toMatch(/^1 held-out row is too few to tell/);
    expect(one.actions[0]).toBe('Again with a validation split of 20%');
    expect(found({ rows: { held: 0 }, heldOut: null }).english).toMatch(/^There is no validation set/);
    expect(found({ heldOut: { rows: 3, better: 3 } }).actions[0]).toBe('Run on validation set');
    const six = { rows: 6, tuned: 1, base: 2 / 6, better: 4 };
    expect(found({ heldOut: six }).kind).toBe('cannot-tell');
  });

  test('no share is proposed to be held back that is too few again', () => {
    const first = (training: number, held: number) =>
      found({ rows: { training, held }, heldOut: held === 0 ? null : { rows: held, better: held } }).actions[0];
    expect(first(2, 1)).toBe('Add rows');
    expect(first(3, 0)).toBe('Add rows');
    expect(first(7, 1)).toBe('Add rows');
    expect(first(8, 1)).toBe('Again with a validation split of 50%');
    expect(first(9, 1)).toBe('Again with a validation split of 50%');
    expect(first(46, 4)).toBe('Again with a validation split of 20%');
    const unsure = { rows: 12, tuned: 1, base: 10 / 12, better: 2 };
    expect(found({ rows: { training: 48, held: 12 }, heldOut: unsure })).toMatchObject({ kind: 'base-as-good' });
    const half = { rows: 6, tuned: 1, base: 3 / 6, better: 3 };
    expect(found({ rows: { training: 24, held: 6 }, heldOut: half }).actions[0]).toBe('Add rows');
  });

  test('stopped before its first update: it is resumed', () => {
    const seen = { losses: [], heldOut: null, totalSteps: 60 };
    const stopped = found({ ...seen, outcome: { reason: 'stopped' } });
    expect(stopped).toMatchObject({ kind: 'untrained', actions: ['Resume'] });
    expect(found({ ...seen, outcome: { reason: 'finished' } }).actions).toEqual(['Continue training: 2 epochs']);
  });

  test('held-out rows that were trained on cannot tell, and a few of them flatter', () => {
    expect(found({ rows: { shared: 20 } }).english).toContain('were also trained on');
    expect(found({ rows: { shared: 4 } })).toMatchObject({ kind: 'learned', notes: ['seen'] });
  });

  test('rows that were cut are why nothing was learned, or a note', () => {
    const { kind, actions } = found({ rows: { cut: 160, longest: 70 }, heldOut: nothing });
    expect({ kind, first: actions[0] }).toEqual({ kind: 'cut', first: 'Again with max length 80' });
    expect(found({ rows: { cut: 20, longest: 70 } }).notes).toEqual(['cut']);
  });

  test('general texts that are predicted much worse, or far from the base, are forgotten; and a gentler run is offered', () => {
    const kept = found({ general: { 30: [0.1, 12, 12.5], 60: [0.2, 12, 14.9] } });
    expect(kept).toMatchObject({ kind: 'learned', notes: ['remembers'], actions: ['Chat', 'Download'] });
    expect(found({ general: { 60: [0.2, 12, 15.1] } }).notes).toEqual(['forgot']);
    const lost = found({ general: { 60: [2.1, 12, 8] }, training: { learning_rate: 2e-3 } });
    expect(lost).toMatchObject({ kind: 'learned', notes: ['forgot'], actions: ['Chat', 'Download', 'Again at 3e-4'] });
    expect(found({ general: {} }).notes).toEqual([]);
  });

  test('general texts are told of the weights that are the result', () => {
    const general = { 30: [0.1, 12, 12.5], 60: [5, 12, 400] } as const;
    expect(found({ general, outcome: { resultStep: 30 } }).notes).toEqual(['remembers']);
    expect(found({ general }).notes).toEqual(['forgot']);
  });

  test('what ended a run early is named', () => {
    const notes = (seen: Seen) => {
      const found = verdictOf(evidence({ ...seen, outcome: { reason: 'stopped-early', ...seen.outcome } }))!.notes;
      return found.map((note) => [verdictEn.note(note), verdictJa.note(note)]);
    };
    const general = { 60: [3.2, 12, 12] } as const;
    const both = { early_stopping_patience: 2, forgetting_limit: 3 };
    const [[patience, inJapanese]] = notes({ training: both }) as [[string, string]];
    expect(patience).toBe(
      'Stopped early at step 60: no lower validation loss in 2 evaluations (early_stopping_patience).',
    );
    expect(inJapanese).toContain('ステップ 60 で早期終了しました：検証損失が 2 回の評価で下がりませんでした');
    expect(notes({ training: both, general })[0]![0]).toBe(
      'Stopped early at step 60: general texts were 3.2 nats a token from the base, beyond 3 (forgetting_limit).',
    );
    // Under the limit it was the patience.
    expect(notes({ training: { ...both, forgetting_limit: 4 }, general })[0]![0]).toBe(patience);
    expect(notes({ training: both, outcome: { reason: 'finished' } })).toEqual([]);
  });

  test('the step whose weights are kept is named where it is not the last', () => {
    const best = { training: { save_checkpoint: 'best' } } as const;
    const { notes } = verdictOf(evidence({ ...best, outcome: { resultStep: 7 } }))!;
    expect(notes.map(verdictEn.note)).toEqual(['The weights of step 7 of 60 are kept: the best of those evaluated.']);
    expect(verdictJa.note(notes[0]!)).toContain('ステップ 7(全 60 ステップ)の重み');
    expect(found(best).notes).toEqual([]);
    expect(found({ ...best, evaluated: { 20: 1.5, 60: 3 }, outcome: { resultStep: 20 } }).notes).toEqual(['rose']);
    expect(found({ outcome: { resultStep: 7 } }).notes).toEqual([]);
  });

  test('labels that nothing speaks for: learned by heart, and no better than the commonest class', () => {
    const heldOut = { metric: 'accuracy', tuned: 0.5, base: 0.4, blind: 0.55, better: 6, worse: 8 } as const;
    expect(found({ heldOut }).kind).toBe('not-yet');
    expect(found({ heldOut, evaluated: { 60: 0.9 } })).toMatchObject({ kind: 'by-heart', notes: ['labels-shuffled'] });
  });

  test('the commonest class alone is nothing learned', () => {
    const heldOut = { metric: 'accuracy', tuned: 0.9, base: 0.1, blind: 0.9, better: 0, worse: 0 } as const;
    expect(found({ losses: falling(0.5, 0.4, 30), heldOut }).kind).toBe('not-yet');
    expect(found({ heldOut: { ...heldOut, blind: 1, tuned: 1 } }).kind).toBe('cannot-tell');
    expect(found({ heldOut: { rows: 10, tuned: 1, blind: 1, better: 0 } }).english).toBe(
      'All held-out rows have the same answer: they cannot tell whether the model learned. 10 of 10 held-out answers match, the base 0.',
    );
    expect(found({ rows: { classes: 1 } }).kind).toBe('one-class');
  });

  test('a number is good by what it explains, text by its perplexity', () => {
    const r2 = { metric: 'r2', tuned: 0.8, base: -1, better: 25, worse: 5 } as const;
    expect(found({ heldOut: r2 }).english).toBe(
      'Learned: R² 0.8 on 30 held-out rows, the base -1; always predicting their mean gives 0.',
    );
    const text = { metric: 'perplexity', tuned: 6, base: 24, better: 8, worse: 0 } as const;
    expect(found({ heldOut: text }).english).toBe('Learned: perplexity 6 on 30 held-out rows, the base 24.');
    expect(found({ losses: falling(3, 2.95, 20), heldOut: { ...text, tuned: 23.9, better: 0 } }).kind).toBe('not-yet');
  });

  test('who stops a run is told how far it came', () => {
    const { english, actions } = found({ outcome: { reason: 'stopped' }, heldOut: null, totalSteps: 120 });
    expect(english).toMatch(/^Stopped at step 60 of 120; the loss went from /);
    expect(actions).toEqual(['Resume', 'Chat']);
  });

  test('of runs of older versions the losses are left', () => {
    expect(found({ outcome: null, evaluated: { 10: 2, 60: 0.5 } }).kind).toBe('loss-fell');
    expect(found({ outcome: null, totalSteps: 100 }).kind).toBe('stopped');
    expect(found({ outcome: null }).english).toMatch(/^There is no validation set/);
    expect(verdictOf(evidence({ outcome: null, losses: [] }))).toBeNull();
  });
});

test('intervals and chances are those of the books', () => {
  // statsmodels: proportion_confint(27, 30, method='wilson')
  const { low, high } = wilson(0.9, 30);
  expect([low, high].map((value) => value.toFixed(4))).toEqual(['0.7438', '0.9654']);
  // scipy: binomtest(8, 10, alternative='greater')
  expect(signTest(8, 2)).toBeCloseTo(0.0546875, 10);
  expect(signTest(0, 0)).toBe(1);
});
