/**
 * Answers of two models that somebody compared without knowing whose they are. One who chooses learns the names only
 * afterwards, and which of the two stands first is drawn for each question by itself, so that no choice follows from those
 * before.
 */
import * as v from 'valibot';
import { randomSource } from '../../data/shuffle.ts';
import { type Directory, writeText } from '../../files/directory.ts';
import { readRecords, recordLines } from '../../files/runs.ts';
import { wilson } from './verdict/statistics.ts';
import type { Share } from './verdict/verdict.ts';

const side = v.object({
  /** A run, or the weights of one evaluation of it, under its id; null: the published model. */
  result: v.nullable(v.string()),
  /** What it was called when it was asked. */
  name: v.string(),
  /** Updates behind its weights; null of the published model. */
  step: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))),
  answer: v.string(),
});

const choice = v.object({
  /** When it was made, ISO 8601. */
  time: v.string(),
  prompt: v.string(),
  /** The result that was being tried, and what it was compared with. */
  one: side,
  other: side,
  /** Which of the two stood first: what `oneIsFirst` says of the seed and the place. */
  first: v.picklist(['one', 'other']),
  chosen: v.picklist(['one', 'other', 'tie']),
  seed: v.number(),
  place: v.number(),
});

export type ComparedSide = v.InferOutput<typeof side>;
/** A line of `choices.jsonl`, beside the other files of a run. */
export type Choice = v.InferOutput<typeof choice>;

/** Whether the model that is being tried stands first at a place of a round: for each place a fair coin. */
export const oneIsFirst = (seed: number, place: number): boolean => randomSource(seed, place)() < 2 ** 31;

/** What the choices between two models come to. */
export interface Tally {
  readonly one: Omit<ComparedSide, 'answer'>;
  readonly other: Omit<ComparedSide, 'answer'>;
  readonly wins: number;
  readonly losses: number;
  readonly ties: number;
  /** Wins among wins and losses, with its 95% interval (Wilson's): ties say nothing of who is better. Null of ties alone. */
  readonly share: Share | null;
}

/** One for each two models, in the order in which they were first compared. A run that was trained on is another model. */
export function tallies(choices: readonly Choice[]): Tally[] {
  const groups = new Map<string, Choice[]>();
  for (const choice of choices) {
    const { one, other } = choice;
    const key = JSON.stringify([one.result, one.step, other.result, other.step]);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(choice);
  }
  return [...groups.values()].map(tallyOf);
}

function tallyOf(choices: readonly Choice[]): Tally {
  const count = (what: Choice['chosen']) => choices.filter(({ chosen }) => chosen === what).length;
  const [wins, losses, ties] = [count('one'), count('other'), count('tie')];
  const decided = wins + losses;
  const share = decided === 0 ? null : wilson(wins / decided, decided);
  // A run may have been given another name meanwhile.
  const { one, other } = choices.at(-1)!;
  return { one: named(one), other: named(other), wins, losses, ties, share };
}

const named = ({ answer: _, ...model }: ComparedSide) => model;

export interface ChosenPair {
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
}

/** The choices as pairs to learn from, under the column names that tell a table of preferences; ties are none. */
export const chosenPairs = (choices: readonly Choice[]): ChosenPair[] =>
  choices.flatMap(({ prompt, one, other, chosen }) => {
    if (chosen === 'tie') return [];
    const [better, worse] = chosen === 'one' ? [one, other] : [other, one];
    return [{ prompt, chosen: better.answer, rejected: worse.answer }];
  });

const choicesFile = 'choices.jsonl';

/** All that are kept with a run, the first one first. */
export const readChoices = (run: Directory): Promise<Choice[]> =>
  readRecords(run, choicesFile, (value): value is Choice => v.is(choice, value));

/** In place of an earlier choice of the same question. Written whole: a break loses none that was kept before. */
export async function keepChoice(run: Directory, made: Choice): Promise<void> {
  const before = await readChoices(run);
  const others = before.filter(({ seed, place }) => seed !== made.seed || place !== made.place);
  await writeText(run, choicesFile, recordLines([...others, made]));
}
