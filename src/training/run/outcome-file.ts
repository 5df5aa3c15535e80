/** How a run ended, as it is kept beside it. */
import * as v from 'valibot';
import type { Directory } from '../../files/directory.ts';
import { readOutcome as readFile } from '../../files/runs.ts';
import type { Outcome } from './outcome.ts';

const finite = v.pipe(v.number(), v.finite());
const count = v.pipe(finite, v.integer(), v.minValue(0));
export const scoresSchema = v.record(v.pipe(v.string(), v.regex(/^\w{1,60}$/)), v.nullable(finite));

export const heldOutSchema = v.strictObject({
  metric: v.picklist([
    'matches',
    'bleu',
    'judge',
    'accuracy',
    'words',
    'f1',
    'r2',
    'perplexity',
    'preferences',
    'verdicts',
    'found',
    'spearman',
  ]),
  rows: count,
  tuned: finite,
  base: v.nullable(finite),
  blind: finite,
  better: count,
  worse: count,
  more: scoresSchema,
  baseMore: scoresSchema,
});

const outcomeSchema = v.object({
  reason: v.picklist(['finished', 'stopped', 'stopped-early', 'failed']),
  step: count,
  resultStep: count,
  code: v.exactOptional(v.string()),
  rows: v.object({
    training: count,
    held: count,
    cut: count,
    longest: count,
    shared: count,
    classes: v.nullable(count),
  }),
  usualRate: finite,
  // Of a run that broke its scores may be no numbers.
  heldOut: v.fallback(v.nullable(heldOutSchema), null),
});

/** Null of a run that has not ended, that an older version made, or whose file is damaged. */
export async function readOutcome(run: Directory): Promise<Outcome | null> {
  const { success, output } = v.safeParse(outcomeSchema, await readFile(run));
  return success ? output : null;
}
