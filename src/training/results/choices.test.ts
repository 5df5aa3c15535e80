import { describe, expect, it } from 'vitest';
import { readTable } from '../../data/read-table.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { recordLines } from '../../files/runs.ts';
import { pairColumns } from '../../tasks/preference/columns.ts';
import { type Choice, chosenPairs, keepChoice, oneIsFirst, readChoices, tallies } from './choices.ts';

const made = (chosen: Choice['chosen'], more: Partial<Choice> = {}): Choice => ({
  ...{ time: '2026-11-30T00:00:00.000Z', prompt: 'What is tea?', first: 'one', chosen, seed: 1, place: 0 },
  one: { result: 'run', name: 'mine', step: 6, answer: 'A drink.' },
  other: { result: null, name: 'base', step: null, answer: 'A "leaf",\nbrewed' },
  ...more,
});
const times = (count: number, chosen: Choice['chosen']) => Array.from({ length: count }, () => made(chosen));

describe('which of two models stands first', () => {
  it('follows from the seed and the place alone', () => {
    const order = (seed: number) => Array.from({ length: 64 }, (_, place) => oneIsFirst(seed, place));
    expect(order(7)).toEqual(order(7));
    expect(order(7)).not.toEqual(order(8));
  });

  it('is a fair coin over places, over seeds, and from one place to the next', () => {
    const draws = 20_000;
    // Six standard deviations of so many fair coins.
    const most = 3 * Math.sqrt(draws);
    const differsFromHalf = (isTrue: (index: number) => boolean) =>
      Math.abs(Array.from({ length: draws }, (_, index) => isTrue(index)).filter(Boolean).length - draws / 2);
    expect(differsFromHalf((place) => oneIsFirst(3, place))).toBeLessThan(most);
    expect(differsFromHalf((seed) => oneIsFirst(seed, 0))).toBeLessThan(most);
    expect(differsFromHalf((seed) => oneIsFirst(4_294_967_295 - seed, 9))).toBeLessThan(most);
    expect(differsFromHalf((place) => oneIsFirst(5, place) === oneIsFirst(5, place + 1))).toBeLessThan(most);
    expect(differsFromHalf((seed) => oneIsFirst(seed, 2) === oneIsFirst(seed + 1, 2))).toBeLessThan(most);
  });
});

describe('what choices come to', () => {
  // SciPy 1.17: binomtest(wins, wins + losses).proportion_ci(0.95, method='wilson')
  it.each([
    [7, 2, 0.452589, 0.936775],
    [1, 0, 0.206549, 1],
    [0, 5, 0, 0.434482],
    [50, 50, 0.403832, 0.596168],
  ])('%i wins and %i losses, with the interval of the share', (wins, losses, low, high) => {
    const [tally] = tallies([...times(wins, 'one'), ...times(losses, 'other')]);
    expect(tally).toMatchObject({ wins, losses, ties: 0 });
    expect(tally!.share!.value).toBeCloseTo(wins / (wins + losses), 12);
    expect(tally!.share!.low).toBeCloseTo(low, 4);
    expect(tally!.share!.high).toBeCloseTo(high, 4);
  });

  it('leaves ties out of the share, which ties alone have not', () => {
    const decided = [...times(7, 'one'), ...times(2, 'other')];
    const [tied] = tallies([...decided, ...times(30, 'tie')]);
    expect(tied).toMatchObject({ ties: 30, share: tallies(decided)[0]!.share });
    expect(tallies(times(3, 'tie'))).toMatchObject([{ wins: 0, losses: 0, ties: 3, share: null }]);
    expect(tallies([])).toEqual([]);
  });

  it('keeps other models apart, and a run from what it was before it was trained on', () => {
    const on = { ...made('one').one, step: 12, name: 'renamed' };
    const against = { ...made('one').other, result: 'second', step: 4, name: 'second' };
    const found = tallies([made('one'), made('other', { one: on }), made('tie', { other: against }), made('one')]);
    expect(found.map(({ one, other, wins, losses, ties }) => [one.step, other.result, wins, losses, ties])).toEqual([
      [6, null, 2, 0, 0],
      [12, null, 0, 1, 0],
      [6, 'second', 0, 0, 1],
    ]);
    expect(found[0]!.one).toEqual({ result: 'run', name: 'mine', step: 6 });
  });
});

describe('choices as a table', () => {
  const choices = [made('one'), made('tie'), made('other', { prompt: '日本の首都は?' })];

  it('are pairs without ties, the chosen answer first', () => {
    expect(chosenPairs(choices)).toEqual([
      { prompt: 'What is tea?', chosen: 'A drink.', rejected: 'A "leaf",\nbrewed' },
      { prompt: '日本の首都は?', chosen: 'A "leaf",\nbrewed', rejected: 'A drink.' },
    ]);
  });

  it('are told to be preferences as they are read back', async () => {
    const table = await readTable(recordLines(chosenPairs(choices)), { fileName: 'mine-choices.jsonl' });
    expect(table.rows).toEqual(chosenPairs(choices).map(({ prompt, chosen, rejected }) => [prompt, chosen, rejected]));
    expect(pairColumns(table)).toMatchObject({
      ...{ prompt_column: ['prompt'], answer_column: 'chosen', rejected_answer_column: 'rejected' },
    });
  });
});

it('are kept with a run one after the other; a line that is none is passed over', async () => {
  const run = memoryDirectory();
  expect(await readChoices(run)).toEqual([]);
  await keepChoice(run, made('one'));
  await run.append('choices.jsonl', new TextEncoder().encode('{"prompt": 1}\n[]\n{"promp'));
  await keepChoice(run, made('tie', { place: 1 }));
  expect(await readChoices(run)).toEqual([made('one'), made('tie', { place: 1 })]);
  // The question before, chosen anew.
  await keepChoice(run, made('other'));
  expect(await readChoices(run)).toEqual([made('tie', { place: 1 }), made('other')]);
});
