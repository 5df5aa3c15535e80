import { attentionRanges } from '../data/attention-ranges.ts';
import { AppError } from '../errors.ts';
import { rangeInputs } from '../models/model.ts';
import type { ModelSession } from '../training/model-session.ts';
import { logitsProgram } from '../training/programs.ts';

/**
 * Logits of every position of one sequence, f32 [ids.length, vocabulary], of the model as it is tuned.
 * @throws AppError 'prompt-too-long'; 'usage' for an id outside the vocabulary
 */
export async function sequenceLogits(session: ModelSession, ids: readonly number[]): Promise<Float32Array> {
  const { open, tuning, dtypes } = session;
  const { model } = open;
  if (ids.length === 0 || ids.length > model.tablePositions) {
    throw new AppError('prompt-too-long', { tokens: ids.length, limit: model.tablePositions });
  }
  const stranger = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= model.vocabularySize);
  if (stranger !== undefined) {
    throw new AppError('usage', {
      reason: `Token id ${stranger} is not in the vocabulary of ${model.vocabularySize}.`,
    });
  }
  const name = `logits/${ids.length}`;
  await session.prepare(new Map([[name, () => logitsProgram(model, tuning, dtypes, ids.length)]]));
  const feeds: Record<string, Int32Array> = { ids: Int32Array.from(ids) };
  for (const { keyRange, window } of rangeInputs(model)) {
    const ranges = attentionRanges({ sequences: 1, queries: ids.length, window });
    feeds[keyRange] = ranges.keyRange;
    feeds.positions = ranges.positions;
  }
  const { logits } = await session.session.run(name, feeds);
  return logits!;
}
