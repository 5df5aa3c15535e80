/** The course of a run's losses, read from its metrics. */
import type { MetricsRecord } from '../../../files/run-records.ts';
import { forgettingScoreNames } from '../../run/forgetting-scores.ts';
import { evaluatedScores } from '../../run/metrics-log.ts';
import type { FromTo } from './verdict.ts';

export interface Course {
  readonly updates: number;
  /** Updates an epoch; null where it is not known. */
  readonly stepsPerEpoch: number | null;
  /** Of training, means over a stretch at the begin and at the end; null without updates. */
  readonly loss: FromTo | null;
  /** The smallest mean of such a stretch, and its last step. */
  readonly least: { readonly loss: number; readonly step: number } | null;
  /** Validation losses, in the order of their steps. */
  readonly evaluated: readonly { readonly step: number; readonly loss: number }[];
  /** Of general texts, in the order of their steps. */
  readonly general: readonly General[];
  /** The best of the validation losses. */
  readonly best: { readonly step: number; readonly loss: number } | null;
}

/** What became of general texts: nats a token from the published model, and perplexity from that model's. */
export interface General {
  readonly step: number;
  readonly divergence: number;
  readonly perplexity: FromTo;
}

/** A tenth of the run is one stretch. */
const stretches = 10;
/** So few updates say where a run began, which may fall fast. */
const beginning = 5;

export function courseOf(records: readonly MetricsRecord[]): Course {
  const steps = records.filter(({ step, loss }) => step > 0 && typeof loss === 'number');
  const losses = steps.map(({ loss }) => loss as number);
  const width = Math.max(1, Math.floor(losses.length / stretches));
  const evaluated = records.flatMap(({ step, eval_loss: loss }) => (typeof loss === 'number' ? [{ step, loss }] : []));
  const last = steps.at(-1);
  const epoch = typeof last?.epoch === 'number' ? last.epoch : 0;
  return {
    updates: last?.step ?? 0,
    stepsPerEpoch: last && epoch > 0 ? Math.max(1, Math.round(last.step / epoch)) : null,
    loss:
      losses.length === 0
        ? null
        : { from: mean(losses.slice(0, Math.min(beginning, width))), to: mean(losses.slice(-width)) },
    least: leastMean(losses, width, (index) => steps[index]!.step),
    evaluated,
    general: records.flatMap(generalOf),
    best: evaluated.reduce<Course['best']>((best, each) => (best && best.loss <= each.loss ? best : each), null),
  };
}

function generalOf(record: MetricsRecord): General[] {
  const found = evaluatedScores(record, forgettingScoreNames) ?? {};
  const { generalDivergence: divergence, generalPerplexity: to, generalBasePerplexity: from } = found;
  const isWhole = typeof divergence === 'number' && typeof from === 'number' && typeof to === 'number';
  return isWhole ? [{ step: record.step, divergence, perplexity: { from, to } }] : [];
}

function leastMean(losses: readonly number[], width: number, stepAt: (index: number) => number): Course['least'] {
  let [sum, least]: [number, Course['least']] = [0, null];
  for (const [index, loss] of losses.entries()) {
    sum += loss - (index >= width ? losses[index - width]! : 0);
    if (index < width - 1) continue;
    if (least === null || sum / width < least.loss) least = { loss: sum / width, step: stepAt(index) };
  }
  return least;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
