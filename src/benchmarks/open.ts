/** Benchmarks of files that were chosen together: tasks, and the data that they name. */
import { AppError, because } from '../errors.ts';
import { readRows } from './rows.ts';
import { type Benchmark, openBenchmark } from './run.ts';
import { readBenchmark } from './task.ts';

/** A file by its name, read when it is needed. */
export interface GivenFile {
  readonly name: string;
  readonly size: number;
  text(): Promise<string>;
}

/** Megabytes of a file; a task of a hundred thousand questions has some forty. */
const largest = 64;

/**
 * The tasks in the order of the files. Data is found by the last part of its path, as files are chosen without their
 * folders.
 * @throws AppError 'benchmark-none' without a task; 'benchmark-invalid' for one that cannot be run
 */
export async function openBenchmarks(files: readonly GivenFile[]): Promise<Benchmark[]> {
  const tasks = files.filter(({ name }) => /\.ya?ml$/i.test(name));
  if (tasks.length === 0) throw new AppError('benchmark-none');
  return Promise.all(
    tasks.map(async (file) => {
      const task = await readBenchmark(await textOf(file), file.name);
      return openBenchmark(task, async (path) => {
        const data = files.find(({ name }) => lastPart(name) === lastPart(path));
        if (data) return readRows(await textOf(data), data.name);
        const reason = because`the data file "${path}" was not chosen: choose it together with the task`;
        throw new AppError('benchmark-invalid', { file: file.name, reason });
      });
    }),
  );
}

const lastPart = (path: string): string => path.split(/[/\\]/).at(-1)!;

async function textOf({ name, size, text }: GivenFile): Promise<string> {
  if (size <= largest * 1e6) return text();
  throw new AppError('benchmark-invalid', {
    file: name,
    reason: because`it is larger than ${largest} MB: take fewer rows`,
  });
}
