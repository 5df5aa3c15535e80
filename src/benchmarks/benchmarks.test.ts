/** Tasks over what the example model knows, held to what lm-evaluation-harness says of them (interop/benchmarks.py). */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExecutor } from '../cli/executors.ts';
import { nodeFiles } from '../cli/node-files.ts';
import { createModelSession, type ModelSession } from '../training/session/model-session.ts';
import { openModel, openTokenizer } from '../training/session/open-model.ts';
import { readRows } from './rows.ts';
import { type AskedModel, askBenchmark, openBenchmark } from './run.ts';
import { readBenchmark } from './task.ts';

const golden = (file: string): string => readFileSync(new URL(`golden/${file}`, import.meta.url), 'utf8');

interface Expected {
  readonly scores: Readonly<Record<string, number>>;
  readonly likelihoods?: readonly (readonly number[])[];
  readonly answers?: readonly string[];
  /** Of a task with examples: what the model was given. */
  readonly contexts?: readonly string[];
}
const expected: Readonly<Record<string, Expected>> = JSON.parse(golden('expected.json'));

const benchmarkOf = async (name: string) => {
  const task = await readBenchmark(golden(`${name}.yaml`), `${name}.yaml`);
  return openBenchmark(task, async (file) => readRows(golden(file), file));
};

describe('a benchmark of the example model', () => {
  let executor: Awaited<ReturnType<typeof createExecutor>>;
  let session: ModelSession;
  let model: AskedModel;
  beforeAll(async () => {
    executor = await createExecutor('tfjs-wasm');
    const open = await openModel(nodeFiles(fileURLToPath(new URL('../../public/example/model', import.meta.url))));
    session = createModelSession({ executor, open, tuning: null });
    model = { session, tokenizer: await openTokenizer(open.files) };
  });
  afterAll(() => {
    session.dispose();
    executor.dispose();
  });

  it.each(Object.keys(expected))(
    '%s says what lm-evaluation-harness says',
    async (name) => {
      const { scores, likelihoods, answers, contexts } = expected[name]!;
      const count = (likelihoods ?? answers)!.length;
      const benchmark = await benchmarkOf(name);
      const done: number[] = [];
      const result = (await askBenchmark(model, benchmark, 'base', {
        batchSize: 50,
        onDone: (count) => done.push(count),
      }))!;
      expect(result.answers).toHaveLength(count);
      if (contexts) expect(result.answers.map(({ context }) => context)).toEqual(contexts);
      for (const [row, wanted] of likelihoods?.entries() ?? [])
        for (const [choice, value] of wanted.entries()) {
          const difference = Math.abs(result.answers[row]!.likelihoods![choice]! - value);
          // What f32 leaves of sums of a hundred nats and more is coarser.
          expect(difference, `${row}/${choice}`).toBeLessThan(Math.max(1e-4, 4e-6 * Math.abs(value)));
        }
      if (answers) expect(result.answers.map(({ answer }) => answer)).toEqual(answers);
      for (const { name, value, error } of result.scores) {
        expect(value, name).toBeCloseTo(scores[name]!, 10);
        if (error !== null) expect(error, name).toBeCloseTo(scores[`${name}_stderr`]!, 10);
      }
      expect(done.at(-1)).toBe(count);
      expect(result.cut).toBe(0);
    },
    600_000,
  );
});
