import { expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import {
  type BuiltPiece,
  BuiltRows,
  buffersOf,
  KeptExamples,
  packBuilt,
  packPiece,
  rowsOfPiece,
} from './built-rows.ts';
import { gathered } from './example-set.ts';
import { type BuiltExample, type Example, maskedLabel, scoredTokenCount } from './examples.ts';
import { randomSource } from './shuffle.ts';

const error = new AppError('conversations-none', { row: 3 });

/** A row of `length` tokens, every kind of which comes up among a few dozen. */
function anyRow(kind: number, length: number, random: () => number): BuiltExample {
  const ids = Int32Array.from({ length }, () => random() % 200_000);
  const labels = ids.map((id, index) => (index === 0 || random() % 3 === 0 ? maskedLabel : id));
  const plain: Example = { ids, labels, promptLength: random() % (length + 1), truncated: false };
  const long = { ...plain, truncated: true, wholeLength: length + 1 + (random() % 1000) };
  if (kind === 0) return { problem: 'no-answer', truncated: true };
  if (kind === 1) return { problem: 'template-refused', error };
  if (kind === 2) return { example: long, truncated: true, notes: ['question-cut', 'weight-as-one'] };
  if (kind === 3) return { example: long, notes: ['text-too-long'] };
  if (kind === 4) return { example: plain, notes: ['fields-unread'] };
  return { example: plain };
}

/** A text with a class, whose labels are one more than its ids, or with numbers. */
function labelled(kind: number, length: number, random: () => number): BuiltExample {
  const row = anyRow(kind, length, random);
  if (!row.example) return row;
  const labels = new Int32Array(length + 1).fill(maskedLabel);
  labels[random() % (length + 1)] = random() % 5;
  return {
    ...row,
    example: {
      ...row.example,
      labels,
      ...(kind === 5 ? { targets: [0.1, random()] } : {}),
      ...(kind > 5 ? { typeStart: random() % 9 } : {}),
    },
  };
}

const rowsOf = (count: number, make: typeof anyRow, seed: number): BuiltExample[] => {
  const random = randomSource(seed);
  return Array.from({ length: count }, () => make(random() % 8, random() % 40, random));
};

test.each([
  ['written', anyRow],
  ['labelled', labelled],
  [
    'of both kinds',
    (kind: number, length: number, random: () => number) =>
      (random() % 300 === 0 ? labelled : anyRow)(kind, length, random),
  ],
] as const)('packed rows that are %s are the rows that went in, wherever a piece ends', (_, make) => {
  for (const count of [0, 1, rowsOfPiece - 1, rowsOfPiece, rowsOfPiece + 1, 3 * rowsOfPiece + 7]) {
    const rows = rowsOf(count, make, count);
    const packed = packBuilt([...rows.keys()], (index) => rows[index]!);
    expect(packed).toHaveLength(count);
    expect([...packed]).toEqual(rows);
    expect([packed.at(-1), packed.at(count)]).toEqual([undefined, undefined]);
  }
});

test('of one row of pieces the rows to learn from and those to validate with are two parts', () => {
  const rows = rowsOf(700, anyRow, 1);
  const pieces: BuiltPiece[] = [];
  for (let at = 0; at < rows.length; at += rowsOfPiece) pieces.push(packPiece(rows.slice(at, at + rowsOfPiece)));
  const [training, held] = [new BuiltRows(pieces, 0, 300), new BuiltRows(pieces, 300, 700)];
  expect([...training, ...held]).toEqual(rows);
  expect(held.at(399)).toEqual(rows[699]);
  expect(training.at(300)).toBeUndefined();
});

test('the examples of a set are those of its rows, in their order', () => {
  const rows = rowsOf(600, anyRow, 2);
  const set = gathered(packBuilt(rows, (row) => row));
  const kept = rows.flatMap(({ example }) => example ?? []);
  expect(set.examples).toHaveLength(kept.length);
  expect([...set.examples]).toEqual(kept);
  expect(set.examples.at(17)).toEqual(kept[17]);
  expect([...set.rows]).toEqual([...rows.keys()].filter((index) => rows[index]!.example));
  expect(set.problems).toEqual(gathered(rows).problems);
  expect(new KeptExamples(rows, [5]).at(1)).toBeUndefined();
});

test.each([anyRow, labelled])('how long an example is is known without putting it together', (make) => {
  const rows = rowsOf(600, make, 4);
  const packed = packBuilt(rows, (row) => row);
  for (const set of [gathered(packed), gathered(rows)]) {
    const sizes = Array.from({ length: set.examples.length }, (_, index) => set.examples.sizeAt?.(index));
    const whole = rows.flatMap(({ example }) =>
      example ? [{ tokens: example.ids.length, scored: scoredTokenCount(example) }] : [],
    );
    expect(sizes).toEqual(whole);
  }
});

test('a piece that crossed to another thread is the same', () => {
  const rows = rowsOf(200, labelled, 3).filter((row) => !row.error);
  const piece = packPiece(rows);
  const crossed = structuredClone(piece, { transfer: buffersOf(piece) }) as BuiltPiece;
  expect([...new BuiltRows([crossed], 0, rows.length)]).toEqual(rows);
});

test('a row takes five bytes a token at most, and not several objects', () => {
  const length = 64;
  const ids = Int32Array.from({ length }, (_, index) => index);
  const piece = packPiece(
    Array.from({ length: rowsOfPiece }, () => ({
      example: { ids, labels: ids.slice().fill(maskedLabel, 0, 30), promptLength: 30, truncated: false },
      truncated: false,
    })),
  );
  const bytes = Object.values(piece).reduce((sum, part) => sum + (ArrayBuffer.isView(part) ? part.byteLength : 0), 0);
  expect(bytes).toBeLessThan(5 * length * rowsOfPiece);
  expect(piece.labels).toBeNull();
  expect(piece.others.size).toBe(0);
});
