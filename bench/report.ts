/** The command line and output that the comparisons in Node and in Chromium share. */
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Comparison, ComparisonOptions } from './compare.ts';
import { type ContenderName, contenderTitles } from './contender.ts';
import { type OperationName, operations } from './operations.ts';
import { type WorkloadName, workloadNames } from './workloads.ts';

interface StepCommand extends ComparisonOptions {
  /** File for everything that was measured. */
  readonly json: string | undefined;
}

const contenderNames = Object.keys(contenderTitles) as ContenderName[];

export function readStepCommand(defaults: { readonly model: WorkloadName; readonly steps: string }): StepCommand {
  const { values } = parseArgs({
    options: {
      model: { type: 'string', default: defaults.model },
      method: { type: 'string', default: 'lora' },
      contenders: { type: 'string', default: contenderNames.join(',') },
      steps: { type: 'string', default: defaults.steps },
      seconds: { type: 'string', default: '40' },
      json: { type: 'string' },
    },
  });
  return {
    task: {
      kind: 'step',
      model: oneOf('model', values.model, workloadNames),
      method: oneOf('method', values.method, ['lora', 'full']),
    },
    contenders: values.contenders.split(',').map((name) => oneOf('contenders', name, contenderNames)),
    steps: Number(values.steps),
    seconds: Number(values.seconds),
    json: values.json,
  };
}

function oneOf<T extends string>(option: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new Error(`--${option} is ${choices.join(', ')}`);
  return found;
}

export function printStep({ task, date, rows }: Comparison): void {
  if (task.kind !== 'step') return;
  console.log(`One optimizer step of ${task.model}, ${task.method}; medians of alternating steps, loss awaited`);
  console.log(`${date.slice(0, 10)}, load of the machine ${loadavg()[0]!.toFixed(1)}`);
  // The slow ones have done fewer steps; the losses shown are those that all have come to.
  const steps = Math.min(...rows.map(({ losses }) => losses.length));
  for (const { title, description, milliseconds, samples, ratio, losses, agreement } of rows) {
    const off = agreement.tensors === 0 ? '' : `, gradients within ${agreement.tensors.toExponential(0)}`;
    const curve = `loss ${losses[0]!.toFixed(4)} → ${losses[steps - 1]!.toFixed(4)} in ${steps} steps${off}`;
    console.log(`${milliseconds.toFixed(1).padStart(9)} ms ${`${ratio.toFixed(2)} ×`.padStart(8)}  ${title}`);
    console.log(`${' '.repeat(23)}${curve}; ${samples.length} timed; ${description}`);
  }
}

export function printOperation({ rows }: Comparison, name: OperationName): void {
  const operation = operations[name];
  const times = rows.map(({ milliseconds }) => `${milliseconds.toFixed(2).padStart(9)} ms`);
  const ratio = `${rows[1]?.ratio.toFixed(1) ?? '–'} ×`.padStart(8);
  const rate =
    operation.kind === 'matmul'
      ? `  ours ${((2 * operation.m * operation.k * operation.n) / rows[0]!.milliseconds / 1e6).toFixed(1)} GFLOP/s`
      : '';
  console.log(`${name.padEnd(34)}${times.join('')}${ratio}${rate}`);
}

/** Writes the figures where that was asked for; a contender that was wrong makes the command fail. */
export function finish(comparisons: readonly Comparison[], json: string | undefined): never {
  const failures = comparisons.flatMap((comparison) => comparison.failures);
  for (const failure of failures) console.log(`FAILED ${failure}`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(comparisons, null, 2)}\n`);
  process.exit(failures.length === 0 ? 0 : 1);
}
