/** What a classifier says of texts. */
import { AppError } from '../errors.ts';
import type { VirtualTokens } from '../tuning/method.ts';
import { fedTo, rangeFeeds, tokenType } from './feeds.ts';
import type { ModelSession } from './model-session.ts';
import { classifyProgram, type Side } from './programs.ts';

/** Padded lengths are multiples of this, so that texts of like length share a program. */
const lengthStep = 16;

/**
 * The logits of each sequence of token ids, f32 [outputs], by the published model or as it is tuned. Sequences are taken
 * one batch at a time, `batchSize` side by side.
 * @throws AppError 'task-unsupported' for a model that is no classifier; 'prompt-too-long'
 */
export async function classifyTokens(
  session: ModelSession,
  sequences: readonly (readonly number[] | Int32Array)[],
  side: Side,
  batchSize = 1,
): Promise<Float32Array[]> {
  const { classifier, modelType, tablePositions } = session.open.model;
  if (classifier === undefined) throw new AppError('task-unsupported', { modelType, task: 'classification' });
  const limit = tablePositions - (virtualOf(session, side)?.count ?? 0);
  const tooLong = sequences.find(({ length }) => length === 0 || length > limit);
  if (tooLong) throw new AppError('prompt-too-long', { tokens: tooLong.length, limit });
  const results: Float32Array[] = [];
  for (let first = 0; first < sequences.length; first += batchSize) {
    const batch = sequences.slice(first, first + batchSize);
    const logits = await classifyBatch(session, batch, side, batchSize);
    for (const row of batch.keys())
      results.push(logits.slice(row * classifier.outputs, (row + 1) * classifier.outputs));
  }
  return results;
}

const virtualOf = ({ tuning }: ModelSession, side: Side): VirtualTokens | undefined =>
  side === 'tuned' ? tuning?.adapter?.virtualTokens : undefined;

async function classifyBatch(
  session: ModelSession,
  sequences: readonly (readonly number[] | Int32Array)[],
  side: Side,
  batchSize: number,
): Promise<Float32Array> {
  const { open, tuning, dtypes } = session;
  const { model } = open;
  const virtual = virtualOf(session, side);
  const longest = Math.max(...sequences.map(({ length }) => length));
  const length = Math.min(model.tablePositions - (virtual?.count ?? 0), Math.ceil(longest / lengthStep) * lengthStep);
  const name = `classify/${side}/${batchSize}x${length}`;
  const shape = { batchSize, length };
  await session.prepare(new Map([[name, () => classifyProgram(model, tuning, dtypes, shape, side)]]));
  const ids = new Int32Array(batchSize * length);
  sequences.forEach((sequence, row) => {
    ids.set(sequence, row * length);
  });
  const isFirst = model.classifier!.pooled === 'first';
  const width = length + (virtual?.as === 'rows' ? virtual.count : 0);
  // A row that is missing in the last batch is read at its first place, and nobody looks at what comes out.
  const scoredRows = Int32Array.from({ length: batchSize }, (_, row) => {
    const count = sequences[row]?.length ?? 1;
    return row * width + (isFirst ? 0 : count - 1);
  });
  const ranges = rangeFeeds(model, { ...shape, ids, lengths: sequences.map((sequence) => [sequence.length]) }, virtual);
  const feeds = fedTo(session.inputsOf(name), { ids, scoredRows, tokenType, ...ranges });
  return (await session.session.run(name, feeds)).logits!;
}
