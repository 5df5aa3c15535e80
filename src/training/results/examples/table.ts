/** What is found of each row of a run, as files. */
import { csvText } from '../../../data/csv-text.ts';

export type Split = 'training' | 'held-out';

/** Why a row deserves a look. */
export type RowDoubt = 'repeated' | 'contradicts';

/** The loss of a row, in nats a token that is learned. */
export interface RowLoss {
  /** Of the row in its file. */
  readonly row: number;
  readonly split: Split;
  /** Under the published model, and under the tuned one. */
  readonly before: number;
  readonly after: number;
  /** Tokens that are learned, or tags, or the one label. */
  readonly tokens: number;
  readonly doubts: readonly RowDoubt[];
}

/** How much a row brought the loss of another down, over the checkpoints that were kept. */
export interface RowInfluence {
  readonly row: number;
  /** Σ learning rate × (gradient of the row · gradient of the other); above 0: it helped. */
  readonly influence: number;
}

/** A token of a row's text, and its loss under each side, in nats; null where nothing is learned. */
export interface TokenLoss {
  readonly text: string;
  readonly before: number | null;
  readonly after: number | null;
}

/** A line for each row, as CSV. */
export const lossTable = (rows: readonly RowLoss[]): string =>
  csvText(
    ['row', 'split', 'tokens', 'loss_before', 'loss_after', 'doubts'],
    rows.map(({ row, split, tokens, before, after, doubts }) => [row, split, tokens, before, after, doubts.join(' ')]),
  );

/** The same of rows that taught one of them. */
export const influenceTable = (rows: readonly RowInfluence[]): string =>
  csvText(
    ['row', 'influence'],
    rows.map(({ row, influence }) => [row, influence]),
  );

/** And of the tokens of a row, in their order. */
export const tokenTable = (tokens: readonly TokenLoss[]): string =>
  csvText(
    ['token', 'loss_before', 'loss_after'],
    tokens.map(({ text, before, after }) => [text, before, after]),
  );

const header = /^row,split,tokens,loss_before,loss_after,doubts\r\n/;
const line = /^(\d+),(training|held-out),(\d+),([^,]+),([^,]+),((?:repeated|contradicts| )*)$/;

/** What `lossTable` wrote; null of any other text. */
export function readLossTable(text: string): RowLoss[] | null {
  if (!header.test(text) || !text.endsWith('\r\n')) return null;
  const rows: RowLoss[] = [];
  for (const each of text.slice(0, -2).split('\r\n').slice(1)) {
    const [, row, split, tokens, before, after, doubts] = line.exec(each) ?? [];
    if (row === undefined) return null;
    rows.push({
      row: Number(row),
      split: split as Split,
      ...{ tokens: Number(tokens), before: Number(before), after: Number(after) },
      doubts: doubts!.split(' ').filter((doubt) => doubt !== '') as RowDoubt[],
    });
  }
  return rows;
}
