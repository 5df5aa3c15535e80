/**
 * Runs that are killed and go on, again and again, until they may end: what they come to must be what an unbroken run came
 * to, bit for bit. Of the command line (`crash-runs.ts`) and of the page (`crash-page.ts`).
 */
import { createHash } from 'node:crypto';
import { type Random, randomFrom } from '../src/testing/fuzz/mutate.ts';

/** The files of a run, by their paths in its folder. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** A run that can be killed. */
export interface Chain {
  readonly name: string;
  readonly unbroken: Files;
  /** Goes on to a moment that is drawn, and kills it there. @returns which one; false where the run had ended before */
  kill(): Promise<string | false>;
  /** Goes on to the end. */
  end(): Promise<Files>;
}

export interface CrashOptions {
  readonly kills: number;
  readonly seed: number;
  /** At most so many times one run is killed. */
  readonly killsOfChain: number;
  /** Hears of each run that has come to its end. */
  readonly say?: (line: string) => void;
}

export interface CrashReport {
  /** How often a run was killed, and how often it had ended before its moment came. */
  readonly kills: number;
  readonly tooLate: number;
  /** Kills by their moment. */
  readonly moments: Readonly<Record<string, number>>;
  /** Runs that were killed, and the files of theirs that were compared. */
  readonly runs: number;
  readonly compared: number;
  /** Files that differ from those of the unbroken run, each as run and path. */
  readonly differing: readonly string[];
}

export async function crashChains(
  begin: (chain: number, random: Random) => Promise<Chain>,
  { kills, seed, killsOfChain, say }: CrashOptions,
): Promise<CrashReport> {
  const random = randomFrom(seed);
  const report = { kills: 0, tooLate: 0, runs: 0, compared: 0 };
  const moments: Record<string, number> = {};
  const differing: string[] = [];
  for (; report.kills < kills; report.runs++) {
    const chain = await begin(report.runs, random);
    for (let n = 0; n < killsOfChain && report.kills < kills; n++) {
      const moment = await chain.kill();
      if (moment === false) {
        report.tooLate++;
        break;
      }
      report.kills++;
      moments[moment] = (moments[moment] ?? 0) + 1;
    }
    const [expected, found] = [results(chain.unbroken), results(await chain.end())];
    const paths = new Set([...expected.keys(), ...found.keys()]);
    const odd = [...paths].filter((path) => expected.get(path) !== found.get(path));
    for (const path of odd) {
      const what = !found.has(path) ? 'is missing' : !expected.has(path) ? 'was left' : 'differs';
      differing.push(`run ${report.runs} (${chain.name}): ${path} ${what}`);
    }
    report.compared += paths.size;
    say?.(`run ${report.runs}: of ${paths.size} files ${odd.length} differ ${odd.join(', ')}`.trimEnd());
  }
  return { ...report, moments, differing };
}

/**
 * Digests of what a run comes to: curve, answers, how it ended, weights, and the checkpoint of its last step. Of what is
 * unfinished nothing may be there.
 */
function results(files: Files): Map<string, string> {
  const paths = [...files.keys()].filter((path) => /\.(jsonl?|safetensors|unfinished|crswap|writer)$/.test(path));
  // Older checkpoints come by the clock, and with them what else they go back to.
  const older = ['step', 'best'].flatMap((kind) => {
    const form = new RegExp(`^checkpoints/${kind}-\\d+\\.safetensors$`);
    return paths
      .filter((path) => form.test(path))
      .sort()
      .slice(0, -1);
  });
  const compared = paths.filter((path) => !older.includes(path));
  return new Map(compared.map((path) => [path, digestOf(path, files.get(path)!)]));
}

/** Of the content without the times at which it was written. */
function digestOf(path: string, bytes: Uint8Array): string {
  // How many held-out rows are asked is a matter of the clock, too.
  const timed = /,?\s*"(time|created)": ?("[^"]*"|[\d.]+)|"heldOut": (null|\{[^}]*\{[^}]*\}[^}]*\{[^}]*\}[^}]*\})/g;
  const isText = /\.jsonl?$/.test(path);
  return createHash('sha256')
    .update(isText ? Buffer.from(bytes).toString('utf8').replace(timed, '') : bytes)
    .digest('hex');
}
