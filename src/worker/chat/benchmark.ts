import { openBenchmarks } from '../../benchmarks/open.ts';
import type { Benchmarked } from '../../benchmarks/results.ts';
import { askBenchmark, type Benchmark } from '../../benchmarks/run.ts';
import { tokenizerOf } from '../models/opened-model.ts';
import type { ActiveRun } from '../runs/active-run.ts';
import type { ChatSide } from './messages.ts';

/** @throws AppError 'benchmark-none', 'benchmark-invalid' */
export const givenBenchmarks = (files: readonly File[]): Promise<readonly Benchmark[]> =>
  openBenchmarks(files.map((file) => ({ name: file.name, size: file.size, text: () => file.text() })));

interface Progress {
  readonly signal: AbortSignal;
  readonly onDone: (task: string, side: ChatSide, done: number, total: number) => void;
}

/** Both sides of a run, asked the same; those that were done when it was stopped. */
export async function benchmarkedRun(
  { config, model, opened }: ActiveRun['parts'],
  benchmarks: readonly Benchmark[],
  { signal, onDone }: Progress,
): Promise<readonly Benchmarked[]> {
  const asked = { session: model, tokenizer: tokenizerOf(opened) };
  const batchSize = config.prediction.batch_size_inference || config.training.batch_size;
  const found: Benchmarked[] = [];
  for (const benchmark of benchmarks) {
    const { task, questions } = benchmark;
    const of = (side: ChatSide) =>
      askBenchmark(asked, benchmark, side, {
        ...{ batchSize, signal },
        onDone: (done) => onDone(task.name, side, done, questions.length),
      });
    const base = await of('base');
    const tuned = base && (await of('tuned'));
    if (!tuned) break;
    found.push({ task: task.name, questions: questions.length, base, tuned });
  }
  return found;
}
