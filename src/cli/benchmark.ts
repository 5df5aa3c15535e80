import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Benchmarked, benchmarksJson, benchmarkTable } from '../benchmarks/results.ts';
import { readRows } from '../benchmarks/rows.ts';
import { askBenchmark, type Benchmark, openBenchmark } from '../benchmarks/run.ts';
import { readBenchmark } from '../benchmarks/task.ts';
import { AppError } from '../errors.ts';
import { writerOf } from '../generation/writer.ts';
import { openTokenizer } from '../training/session/open-model.ts';
import { parseArguments, required, wholeNumber } from './arguments.ts';
import { openSession } from './open-session.ts';
import { missingFile } from './print.ts';

export const benchmarkUsage = `studio benchmark TASK.yaml … --model PATH [--adapter DIR] [--out FILE]
  Asks a model the questions of tasks in lm-evaluation-harness's format, with data in a JSON file beside each (docs/benchmarks.md):
  multiple choice by log-likelihood, and written answers. With an adapter, the model without it too.
  --limit N     only the first N questions of each
  --batch-size  texts read side by side; 8 by default
  --out         scores as .csv, or scores and every answer as .json
  --json        the scores as JSON
  --executor    auto, webgpu, tfjs-webgpu, tfjs-wasm or tfjs-cpu
  --weights     as-published, int8, int4 or nf4: what frozen weights are kept as`;

/** Tasks that are given at once, at most. */
const mostTasks = 100;

export async function benchmark(argv: readonly string[]): Promise<void> {
  const { positionals, options } = parseArguments(
    argv,
    {
      model: 'text',
      adapter: 'text',
      limit: 'text',
      'batch-size': 'text',
      out: 'text',
      executor: 'text',
      weights: 'text',
      json: 'flag',
    },
    mostTasks,
  );
  const { adapter, executor, weights, out } = options;
  required(positionals[0], 'TASK.yaml');
  const model = required(options.model, '--model PATH');
  const limit = options.limit === undefined ? undefined : wholeNumber(options.limit, '--limit', 1);
  const batchSize = wholeNumber(options['batch-size'] ?? '8', '--batch-size', 1);
  if (out !== undefined && !/\.(csv|json)$/.test(out))
    throw new AppError('usage', { reason: `--out must end with .csv or .json, not "${out}".` });
  // Before the model is loaded: a task that cannot be run says so at once.
  const benchmarks = await Promise.all(positionals.map((file) => openFile(file, limit)));
  const opened = await openSession({ model, adapter, executor, weights });
  try {
    const { session } = opened;
    writerOf(session);
    const asked = { session, tokenizer: await openTokenizer(session.open.files) };
    const tasks: Benchmarked[] = [];
    for (const each of benchmarks) {
      const of = async (side: 'base' | 'tuned') => (await askBenchmark(asked, each, side, { batchSize }))!;
      const base = await of('base');
      tasks.push({
        task: each.task.name,
        questions: each.questions.length,
        base,
        tuned: session.tuning ? await of('tuned') : null,
      });
      if (!options.json) console.log(inWords(tasks.at(-1)!));
    }
    if (options.json) console.log(benchmarksJson(tasks, 'scores'));
    if (out !== undefined) await writeFile(out, out.endsWith('.csv') ? benchmarkTable(tasks) : benchmarksJson(tasks));
  } finally {
    opened.dispose();
  }
}

/** A task with the questions of the files that it names, which lie beside it or in the working folder. */
async function openFile(file: string, limit: number | undefined): Promise<Benchmark> {
  const task = await readBenchmark(await textOf(file), file);
  const rowsOf = async (name: string) => {
    const beside = resolve(dirname(file), name);
    return readRows(await textOf(existsSync(beside) || !existsSync(name) ? beside : name), name);
  };
  return openBenchmark(task, rowsOf, limit);
}

const textOf = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((cause: unknown) => {
    throw missingFile(file, cause);
  });

function inWords({ task, questions, base, tuned }: Benchmarked): string {
  const shown = ({ value, error }: { value: number; error: number | null }) =>
    `${value.toFixed(4)}${error === null ? '' : ` ± ${error.toFixed(4)}`}`;
  const lines = base.scores.map((score, index) => {
    const after = tuned?.scores[index];
    return `  ${score.name.padEnd(12)} ${shown(score)}${after ? `  →  ${shown(after)}` : ''}`;
  });
  const cut = Math.max(base.cut, tuned?.cut ?? 0);
  const notes = cut > 0 ? [`  ${cut} texts were longer than the model reads, and lost their beginning.`] : [];
  return [`${task}: ${questions} questions${tuned ? ', before and after' : ''}`, ...lines, ...notes].join('\n');
}
