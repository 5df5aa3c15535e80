import type { Batch } from '../../data/batches.ts';
import { createPictureBatches } from '../../data/picture-batches.ts';
import { type Model, requireImageModel } from '../../models/model.ts';

/**
 * A picture that a model is asked about, cut to what it sees, as a batch.
 * @throws AppError 'task-unsupported' for a model that reads text
 */
export function pictureQuestion(model: Model, pixels: Uint8Array): Batch {
  const settings = {
    batchSize: 1,
    gradAccumulation: 1,
    seed: 0,
    shuffle: false,
    dropLast: false,
    ...requireImageModel(model).input,
  };
  return createPictureBatches([{ pixels, label: 0 }], settings).batchAt(0, 0);
}
