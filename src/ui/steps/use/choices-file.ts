import { spreadsheetCsv } from '../../../data/csv-text.ts';
import type { ChosenPair } from '../../../worker/protocol.ts';

/** Pairs of answers under the columns that a table of preferences has. */
export const pairsCsv = (pairs: readonly ChosenPair[]): string =>
  spreadsheetCsv(
    ['prompt', 'chosen', 'rejected'],
    pairs.map(({ prompt, chosen, rejected }) => [prompt, chosen, rejected]),
  );

/** The same as JSON, a pair a line. */
export const pairsJsonl = (pairs: readonly ChosenPair[]): string =>
  pairs.map((pair) => `${JSON.stringify(pair)}\n`).join('');
