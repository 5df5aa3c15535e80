/** The rows of a run, and which update takes which. */
import type { Bytes } from '../../files/source.ts';
import type { Continuation, LearnedRow } from '../continuation.ts';
import type { StreamedFile, Tuned } from '../target.ts';

const maskedLabel = -100;

/** Every trained parameter, for the optimizer. */
export function parameterFacts({ tuning }: Tuned, { parameters }: Continuation) {
  const transposed = new Set(
    tuning.adapterParameters.filter(({ savedTransposed }) => savedTransposed).map(({ name }) => name),
  );
  return Object.fromEntries(
    parameters.map(({ name, learningRateFactor, decay }) => [
      name,
      { learning_rate_factor: learningRateFactor, decay, transposed: transposed.has(name) },
    ]),
  );
}

/** What is learned together: a row, or the two answers of a pair. */
type Learned = readonly LearnedRow[];

function* learnedTogether(rows: Iterable<LearnedRow>, { pairs }: Continuation): Generator<Learned> {
  let together: LearnedRow[] = [];
  for (const row of rows) {
    together.push(row);
    if (pairs && together.length < 2) continue;
    yield together;
    together = [];
  }
}

const keyOf = (rows: Learned): string => rows.map(({ key }) => key).join();

/**
 * `data/rows.jsonl` with each row once, `data/updates.jsonl`, and `data/validation.jsonl` where rows are held back.
 * @param nextToken whether a label is the token after the one it stands at; else there is one for the whole text
 */
export function rowFiles(next: Continuation, nextToken: boolean): { files: StreamedFile[]; held: number } {
  const line = (rows: Learned) =>
    next.pairs
      ? {
          input_ids: rows.map(({ ids }) => [...ids]),
          labels: rows.map(ownLabels),
          reference: rows.map(({ reference }) => reference),
        }
      : { input_ids: [...rows[0]!.ids], labels: nextToken ? ownLabels(rows[0]!) : textLabel(rows[0]!) };
  const together = (rows: Iterable<LearnedRow>) => learnedTogether(rows, next);
  const numbers = new Map<string, number>();
  const held = [...next.validation()].length;
  function* rows() {
    for (const update of next.updates())
      for (const rows of together(update.rows)) {
        const key = keyOf(rows);
        if (numbers.has(key)) continue;
        numbers.set(key, numbers.size);
        yield line(rows);
      }
  }
  // Comes after the rows, which it names by their numbers.
  function* updates() {
    for (const { step, rows, learningRate, tokens } of next.updates())
      yield {
        ...{ step, rows: Array.from(together(rows), (each) => numbers.get(keyOf(each))!) },
        ...{ learning_rate: learningRate, tokens },
      };
  }
  function* validation() {
    for (const rows of together(next.validation())) yield line(rows);
  }
  const files = [
    { path: 'data/rows.jsonl', parts: jsonLines(rows()) },
    { path: 'data/updates.jsonl', parts: jsonLines(updates()) },
  ];
  return {
    held,
    files: held === 0 ? files : [...files, { path: 'data/validation.jsonl', parts: jsonLines(validation()) }],
  };
}

/** The labels as transformers wants them: at the token itself, which its losses shift. */
const ownLabels = ({ labels }: LearnedRow): number[] => [maskedLabel, ...labels.subarray(0, -1)];

const textLabel = ({ labels }: LearnedRow): number => labels.find((label) => label !== maskedLabel) ?? maskedLabel;

/** Bytes that are written at once, about. */
const pieceCharacters = 1 << 16;

function* jsonLines(values: Iterable<unknown>): Generator<Bytes> {
  const encoder = new TextEncoder();
  let text = '';
  for (const value of values) {
    text += `${JSON.stringify(value)}\n`;
    if (text.length < pieceCharacters) continue;
    yield encoder.encode(text);
    text = '';
  }
  if (text !== '') yield encoder.encode(text);
}
