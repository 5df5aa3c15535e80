/**
 * Kills the page at random moments of every phase, its renderer, its GPU process or the whole browser, or loads it anew,
 * and has its run go on. The example, in a Chromium whose profile is on disk.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// @ts-expect-error a plain script shared with `npm start`, which runs before anything is built
import { serveFolder } from '../scripts/serve.js';
import { oneOf, type Random } from '../src/testing/fuzz/mutate.ts';
import { type Chain, type CrashReport, crashChains } from './crash-chains.ts';
import { stages, withMoments } from './crash-moments.ts';
import { CrashVisitor, type Victim, victims } from './crash-visitor.ts';

/** The phases of a run, and the writes of its files. */
const parts = [
  'loading',
  'preparing-kernels',
  'first-step',
  'training',
  'evaluating',
  'saving',
  'answering',
  'a write',
  'the last write',
  'the outcome',
] as const;
type Part = (typeof parts)[number];

const isWrite = (part: Part): boolean => ['a write', 'the last write', 'the outcome'].includes(part);

/** Runs in the page, of so many updates. */
export async function crashPage(
  kills: number,
  seed: number,
  { steps = 40, killsOfChain = 6, port = 4193, say = console.log } = {},
): Promise<CrashReport> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-crash-'));
  const { server, address } = await serveFolder(await withMoments(join(folder, 'page')), port);
  let visitor: CrashVisitor | undefined;
  const visit = (name: string) => {
    visitor = new CrashVisitor(address, join(folder, name), steps);
    return visitor;
  };
  try {
    const whole = visit('unbroken');
    const unbroken = await whole.end();
    const spans = whole.spans();
    await whole.close();
    say(`unbroken: ${JSON.stringify(spans)}`);
    const decks = { parts: [] as Part[], victims: [] as Victim[] };
    const begin = async (chain: number, random: Random): Promise<Chain> => {
      const visitor = visit(`chain-${chain}`);
      return {
        name: 'page',
        unbroken,
        async kill() {
          const part = drawn(decks.parts, parts, random);
          const victim = drawn(decks.victims, victims, random);
          const file = `^(${part === 'a write' ? 'step|best|evaluation' : part === 'the outcome' ? 'outcome' : `step-0*${steps}\\.`})`;
          const write = isWrite(part) ? { file, at: oneOf(random, stages) } : null;
          // Another time a phase may take half as long.
          const after = random() * (write ? 100 : (spans[part] ?? 0) / 2);
          const what = `${victim} in ${part}`;
          const said = write ? `${what} (before or after: ${write.at})` : `${what}, after ${after.toFixed(0)} ms`;
          if (!(await visitor.reach(part, write, after))) {
            say(`run ${chain}: ${said}: the run had ended before`);
            return false;
          }
          await visitor.kill(victim);
          say(`run ${chain}: ${said}: ${await visitor.comeBack(victim)}`);
          return what;
        },
        async end() {
          const files = await visitor.end();
          await visitor.close();
          return files;
        },
      };
    };
    return await crashChains(begin, { kills, seed, killsOfChain, say });
  } finally {
    await visitor?.close();
    server.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The next card of a deck that is shuffled anew when it is empty: so each comes as often as the others. */
function drawn<T>(deck: T[], cards: readonly T[], random: Random): T {
  if (deck.length === 0) deck.push(...cards);
  return deck.splice(Math.floor(random() * deck.length), 1)[0]!;
}
