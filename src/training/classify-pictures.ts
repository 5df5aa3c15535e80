import { scaledPixels } from '../data/picture-batches.ts';
import { AppError } from '../errors.ts';
import type { ModelSession } from './model-session.ts';
import { classifyProgram, type Side } from './programs.ts';

/**
 * The logits of a picture that was cut to what the model sees, f32 [classes], by the published model or as it is tuned.
 * @throws AppError 'task-unsupported' for a model that reads text
 */
export async function classifyPicture(session: ModelSession, pixels: Uint8Array, side: Side): Promise<Float32Array> {
  const { tuning, dtypes } = session;
  const { model } = session.open;
  const { image, modelType } = model;
  if (!image) throw new AppError('task-unsupported', { modelType, task: 'image-classification' });
  const name = `classify/${side}/picture`;
  const shape = { batchSize: 1, length: 1 };
  await session.prepare(new Map([[name, () => classifyProgram(model, tuning, dtypes, shape, side)]]));
  return (await session.session.run(name, { pixels: scaledPixels([pixels], 1, image.input) })).logits!;
}
