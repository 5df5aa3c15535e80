import type { Batch } from '../../data/batches.ts';
import { outputsOf } from '../../models/model.ts';
import { batchFeeds } from '../programs/feeds.ts';
import { answerProgram, type Side } from '../programs/programs.ts';
import type { ModelSession } from '../session/model-session.ts';

/** What a model gives for a batch, f32 [rows of the head, outputs], by the published model or as it is tuned. */
export async function answerBatch(session: ModelSession, batch: Batch, side: Side): Promise<Float32Array> {
  const { open, tuning, dtypes } = session;
  const { batchSize, length } = batch;
  const shape = { batchSize, length, pairs: batch.types !== undefined };
  const name = `answer/${side}/${shape.pairs ? 'pairs/' : ''}${batchSize}x${length}`;
  await session.load(new Map([[name, () => answerProgram(open.model, tuning, dtypes, shape, side)]]));
  const virtual = side === 'tuned' ? tuning?.adapter?.virtualTokens : undefined;
  const feeds = batchFeeds(open.model, batch, session.inputsOf(name), virtual);
  return (await session.session.run(name, feeds)).logits!;
}

/** The same for each row of batches of texts, f32 [outputs], or [tokens, outputs] where each token has its answer. */
export async function answerRows(
  session: ModelSession,
  batches: readonly Batch[],
  side: Side,
): Promise<Float32Array[]> {
  const outputs = outputsOf(session.open.model);
  const answers: Float32Array[] = [];
  for (const batch of batches) {
    const logits = await answerBatch(session, batch, side);
    const width = logits.length / batch.batchSize;
    const used = width === outputs ? () => width : (row: number) => batch.lengths[row]![0]! * outputs;
    for (const row of batch.rows.keys()) answers.push(logits.slice(row * width, row * width + used(row)));
  }
  return answers;
}
