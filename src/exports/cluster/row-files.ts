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

/**
 * `data/rows.jsonl` with each row once, `data/updates.jsonl`, and `data/validation.jsonl` where rows are held back.
 * @param nextToken whether a label is the token after the one it stands at; else there is one for the whole text
 */
export function rowFiles(next: Continuation, nextToken: boolean): { files: StreamedFile[]; held: number } {
  const line = (row: LearnedRow) => ({ input_ids: [...row.ids], labels: nextToken ? ownLabels(row) : textLabel(row) });
  const numbers = new Map<string, number>();
  const held = [...next.validation()].length;
  function* rows() {
    for (const update of next.updates())
      for (const row of update.rows) {
        if (numbers.has(row.key)) continue;
        numbers.set(row.key, numbers.size);
        yield line(row);
      }
  }
  // Comes after the rows, which it names by their numbers.
  function* updates() {
    for (const { step, rows, learningRate, tokens } of next.updates())
      yield { step, rows: rows.map(({ key }) => numbers.get(key)!), learning_rate: learningRate, tokens };
  }
  function* validation() {
    for (const row of next.validation()) yield line(row);
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
