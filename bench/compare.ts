/** Contenders at the same task: held to the same numbers first, then timed in alternation. */
import { type ContenderName, contenderTitles, type Results, type Task } from './contender.ts';
import type { RemoteContender, TimedStep } from './remote.ts';

export interface ComparisonOptions {
  readonly task: Task;
  /** The first one is what the others are held against. */
  readonly contenders: readonly ContenderName[];
  /** Timed steps of each, after a first one that compiles. */
  readonly steps: number;
  /** A contender that has used this much time does no more steps, but two at least. */
  readonly seconds: number;
}

/** How far a contender is from the first one. */
export interface Agreement {
  /** ‖t − ours‖ / ‖ours‖ over all tensors together, and of the tensor where it is largest. */
  readonly tensors: number;
  readonly worstTensor: number;
  readonly cosine: number;
  /** Largest distance of two losses of the same step, over the first loss; 0 where the task has none. */
  readonly losses: number;
}

export interface Row {
  readonly contender: ContenderName;
  readonly title: string;
  readonly description: string;
  /** Median of the timed steps. */
  readonly milliseconds: number;
  /** How many times the first contender's median. */
  readonly ratio: number;
  readonly samples: readonly number[];
  readonly losses: readonly number[];
  readonly agreement: Agreement;
}

export interface Comparison {
  readonly task: Task;
  readonly date: string;
  readonly rows: readonly Row[];
  /** What was wrong; a contender whose numbers are wrong from the first step on has no row. */
  readonly failures: readonly string[];
}

/** Looser than f32 needs, and far tighter than any wrong kernel. */
const tolerances = { tensors: 1e-3, worstTensor: 1e-2, losses: 2e-3 } as const;

interface Entry {
  readonly contender: ContenderName;
  readonly description: string;
  readonly remote: RemoteContender;
  readonly results: Results;
  readonly steps: TimedStep[];
}

/** Starts each contender with `connect`. Nothing is timed of one whose results differ from the first's. */
export async function compare(
  { task, contenders, steps, seconds }: ComparisonOptions,
  connect: () => RemoteContender,
  report: (progress: string) => void = () => {},
): Promise<Comparison> {
  const entries: Entry[] = [];
  const failures: string[] = [];
  for (const contender of contenders) {
    const remote = connect();
    try {
      const description = await remote.start(contender, task);
      const entry: Entry = { contender, description, remote, results: await remote.first(), steps: [] };
      requireAgreement(agreement(entry, entries[0] ?? entry));
      entries.push(entry);
      report(`${contender}: ready, results agree`);
    } catch (error) {
      remote.close();
      if (entries.length === 0) throw error;
      failures.push(`${contender}: ${error instanceof Error ? error.message : error}`);
      report(failures.at(-1)!);
    }
  }
  await alternate(entries, steps, seconds);
  for (const { remote } of entries) remote.close();
  const rows = entries.map((entry) => row(entry, entries[0]!));
  for (const { contender, agreement } of rows)
    if (!(agreement.losses < tolerances.losses)) failures.push(`${contender}: losses off by ${agreement.losses}`);
  return { task, date: new Date().toISOString(), rows, failures };
}

async function alternate(entries: readonly Entry[], count: number, seconds: number): Promise<void> {
  for (let step = 0; step < count; step++)
    for (const { remote, steps } of entries) {
      const used = steps.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000;
      if (steps.length < 2 || used < seconds) steps.push(await remote.step());
    }
}

const millisecondsOf = ({ steps }: Entry): number[] => steps.map(({ milliseconds }) => milliseconds);

function row(entry: Entry, first: Entry): Row {
  const samples = millisecondsOf(entry);
  const milliseconds = median(samples);
  return {
    contender: entry.contender,
    title: contenderTitles[entry.contender],
    description: entry.description,
    milliseconds,
    ratio: milliseconds / median(millisecondsOf(first)),
    samples,
    losses: lossesOf(entry),
    agreement: agreement(entry, first),
  };
}

const lossesOf = ({ results, steps }: Entry): number[] =>
  [results.loss, ...steps.map(({ loss }) => loss)].filter((loss) => loss !== undefined);

function agreement(entry: Entry, first: Entry): Agreement {
  let [distance, norm, ownNorm, product, worstTensor] = [0, 0, 0, 0, 0];
  for (const [name, expected] of first.results.tensors) {
    const actual = entry.results.tensors.get(name);
    if (actual?.length !== expected.length) throw new Error(`no result ${name}`);
    const before = { distance, norm };
    expected.forEach((value, i) => {
      distance += (actual[i]! - value) ** 2;
      norm += value ** 2;
      ownNorm += actual[i]! ** 2;
      product += actual[i]! * value;
    });
    worstTensor = Math.max(worstTensor, Math.sqrt((distance - before.distance) / (norm - before.norm)));
  }
  const [losses, expectedLosses] = [lossesOf(entry), lossesOf(first)];
  return {
    tensors: Math.sqrt(distance / norm),
    worstTensor,
    cosine: product / Math.sqrt(norm * ownNorm),
    // Contenders need not have done equally many steps.
    losses: losses.reduce((worst, loss, step) => {
      const expected = expectedLosses[step] ?? loss;
      return Math.max(worst, Math.abs(loss - expected) / expectedLosses[0]!);
    }, 0),
  };
}

function requireAgreement(found: Agreement): void {
  for (const key of ['tensors', 'worstTensor', 'losses'] as const)
    if (!(found[key] < tolerances[key])) throw new Error(`wrong: ${key} off by ${found[key]}, cosine ${found.cosine}`);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}
