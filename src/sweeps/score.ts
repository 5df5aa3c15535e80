/** What a run of a sweep is compared by, from what the run keeps of itself. */
import { AppError, because } from '../errors.ts';
import type { MetricsRecord, SamplesRecord } from '../files/run-records.ts';
import { taskOf } from '../tasks/registry.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { lastScores } from '../training/run/metrics-log.ts';
import type { ScoreName } from './sweep.ts';

export interface RunScore {
  /** `validation_loss`, the metric of the answers as `BLEU`, or the first score of the task as `accuracy`. */
  readonly name: string;
  /** Null where it is not defined, or no number. */
  readonly value: number | null;
}

/** @throws AppError 'sweep-invalid' where runs with this config have no such score */
export function requireScore(score: ScoreName, config: RunConfig): void {
  const refused = (reason: ReturnType<typeof because>) => new AppError('sweep-invalid', { key: 'score', reason });
  if (config.dataset.validation_strategy === 'none')
    throw refused(because`the runs keep no validation rows (dataset.validation_strategy)`);
  if (score !== 'metric') return;
  const { scores, prompt } = taskOf(config);
  const answers = prompt !== undefined && config.prediction.metric !== 'Perplexity';
  if (scores.length === 0 && !answers)
    throw refused(because`the runs have no metric of their own (prediction.metric); take validation_loss`);
}

/**
 * The score of the weights that a run came to: of its last evaluation, or of the best where it keeps that.
 * @param records of its `metrics.jsonl`
 * @param samples of its `samples.jsonl`
 * @returns null where nothing was evaluated
 */
export function scoreOfRun(
  score: ScoreName,
  config: RunConfig,
  records: readonly MetricsRecord[],
  samples: readonly SamplesRecord[],
): RunScore | null {
  const evaluated = records.flatMap((record) =>
    record.step > 0 && 'eval_loss' in record ? [{ record, loss: numberOf(record.eval_loss) }] : [],
  );
  const last = evaluated.at(-1);
  if (!last) return null;
  const scored = evaluated.filter(({ loss }) => loss !== null);
  const best = scored.reduce((least, each) => (each.loss! < least.loss! ? each : least), scored[0] ?? last);
  const { record, loss } = config.training.save_checkpoint === 'best' ? best : last;
  if (score === 'validation_loss') return { name: score, value: loss };
  const { scores } = taskOf(config);
  const [own] = Object.entries(lastScores([record], scores) ?? {});
  if (own) return { name: own[0], value: own[1] };
  const answered = samples.findLast(({ step }) => step === record.step)?.score as
    | { value?: unknown }
    | null
    | undefined;
  return { name: config.prediction.metric, value: numberOf(answered?.value) };
}

const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;
