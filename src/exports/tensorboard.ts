import type { MetricsRecord, SamplesRecord } from '../files/run-records.ts';
import { readMetrics, readRun, readSamples } from '../files/runs.ts';
import { eventFile, type Scalar } from '../files/tensorboard.ts';
import type { Target } from './target.ts';

export const tensorboard: Target = {
  file: 'tensorboard.zip',
  holds: 'run',
  refuses: () => undefined,
  async write(run) {
    const folder = run.folder();
    const created = Date.parse((await readRun(folder)).info.created) / 1000;
    const scalars = runScalars(await readMetrics(folder), await readSamples(folder), created);
    const name = `events.out.tfevents.${Math.floor(created)}.atelier`;
    return [{ path: `${run.name}/${name}`, parts: [eventFile(scalars, created)] }];
  },
};

/** The charts of TensorBoard that each value of `metrics.jsonl` goes to; names as transformers' callback has them. */
const tags: Readonly<Record<string, string>> = {
  loss: 'train/loss',
  learning_rate: 'train/learning_rate',
  grad_norm: 'train/grad_norm',
  epoch: 'train/epoch',
  eval_loss: 'eval/loss',
};

/** A run's log for TensorBoard. Records from before times were kept stand at `created` (seconds). */
export function runScalars(
  metrics: readonly MetricsRecord[],
  samples: readonly SamplesRecord[],
  created: number,
): Scalar[] {
  const times = new Map(metrics.map(({ step, time }) => [step, typeof time === 'number' ? time : created]));
  const scalars = metrics.flatMap((record) =>
    Object.entries(tags).flatMap(([name, tag]): Scalar[] => {
      const value = record[name];
      return typeof value === 'number' ? [{ tag, step: record.step, value, time: times.get(record.step)! }] : [];
    }),
  );
  const scores = samples.flatMap(({ step, score }): Scalar[] => {
    const { metric, value } = (score ?? {}) as { metric?: string; value?: unknown };
    if (typeof value !== 'number') return [];
    return [{ tag: `eval/${metric}`, step, value, time: times.get(step) ?? created }];
  });
  return [...scalars, ...scores];
}
