import type { Batch } from '../../data/batches.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/types.ts';
import { keptBy } from '../../models/layers.ts';
import type { ImageModel } from '../../models/model.ts';
import type { Seams } from '../../models/seams.ts';
import { type ForwardOptions, tunedSeams } from '../../tuning/seams.ts';
import { runningBuffer } from '../../tuning/tuning.ts';
import { wholeRange } from '../../tuning/whole-range.ts';
import { type BatchInput, declareInput } from '../inputs.ts';

/** f32 [pictures · size², 3]. */
export const pixels: BatchInput<Batch> = { name: 'pixels', dtype: 'f32', fill: (batch) => batch.pixels! };

/** The places where a method steps in. Every row of a picture sees all of its rows; `seed` u32 [2] where something drops out. */
export function pictureSeams(
  builder: GraphBuilder,
  model: ImageModel,
  options: ForwardOptions,
  { rows, isTraining }: { readonly rows: number; readonly isTraining: boolean },
): Seams {
  const dropsOut = isTraining && options.tuning?.adapter?.dropsOut === true;
  return tunedSeams(builder, {
    ...options,
    seed: dropsOut ? builder.input('seed', { shape: [2], dtype: 'u32' }) : undefined,
    attention({ layer, ...heads }, q, k, v) {
      keptBy(model.layers, layer, 'attention');
      const range = wholeRange(builder, q.shape[0]!, model.tokens!);
      const ranges = isTraining ? [range, range] : [range];
      return builder.attention(q, k, v, ranges, { batch: rows, ...heads, causal: false });
    },
    mixer: (layer, kind) => {
      throw new RangeError(`layer ${layer} of a model for images mixes as ${kind}`);
    },
  });
}

/**
 * What the head reads, [pictures, hiddenSize], of the input pixels f32 [pictures · size², 3]. In training the norms take
 * the statistics of the batch and move the running ones, also where their weights are frozen, as in PyTorch; a tuning
 * may keep those of frozen norms.
 */
export function pictureFeatures(
  builder: GraphBuilder,
  { input, buffers, buildFeatures }: ImageModel,
  seams: Seams,
  { tuning, side }: Pick<ForwardOptions, 'tuning' | 'side'>,
  { rows, isTraining }: { readonly rows: number; readonly isTraining: boolean },
): Value {
  const shapes = new Map(buffers.map(({ name, shape }) => [name, shape]));
  const isMoved = tuning !== undefined && side !== 'base';
  const buffer = (name: string, shape: readonly number[]): Value => {
    const type = { shape, dtype: 'f32' } as const;
    if (isMoved) return builder.parameter(runningBuffer(name), type, 'trained');
    return builder.parameter(tuning ? `base/${name}` : name, type, 'weight');
  };
  const tensor = (name: string): Value => {
    const shape = shapes.get(name);
    return shape ? buffer(name, shape) : seams.parameter(name);
  };
  const isKept = (module: string): boolean =>
    tuning?.keepsFrozenStatistics === true && !tuning.trained.has(`${module}.weight`);
  const usesBatchStatistics = (module: string): boolean => isTraining && !isKept(module);
  const value = declareInput(builder, pixels, rows * input.size ** 2, 3);
  return buildFeatures({ builder, seams, tensor, usesBatchStatistics }, { value, batch: rows });
}
