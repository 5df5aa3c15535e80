import { type AccumulationWindow, type Batch, type Batches, type BatchSettings, epochOrders } from './batches.ts';
import { maskedLabel } from './examples.ts';

/** A picture as the model sees it, before its channels are scaled, and which class it shows. */
export interface PictureExample {
  /** RGB bytes, [size², 3]; absent where pictures are only counted. */
  readonly pixels?: Uint8Array | undefined;
  /** Index of the class. */
  readonly label: number;
}

export interface PictureBatchSettings
  extends Pick<BatchSettings, 'batchSize' | 'gradAccumulation' | 'seed' | 'shuffle' | 'dropLast'> {
  /** Of each channel: a byte v becomes (v / 255 − mean) / std. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * The batches of pictures, as `createBatches` gives those of texts: a picture counts as one token. The places that an
 * incomplete batch leaves empty are grey and score nothing.
 */
export function createPictureBatches(examples: readonly PictureExample[], settings: PictureBatchSettings): Batches {
  const { batchSize, gradAccumulation, dropLast } = settings;
  const full = examples.length / batchSize;
  const batchesPerEpoch = dropLast ? Math.floor(full) : Math.ceil(full);
  const orderOf = epochOrders(examples.length, settings);
  const rowsAt = (epoch: number, index: number): number[] => {
    if (index < 0 || index >= batchesPerEpoch) throw new RangeError(`batch ${index} of ${batchesPerEpoch}`);
    return Array.from(orderOf(epoch).subarray(index * batchSize, (index + 1) * batchSize));
  };
  const batchAt = (epoch: number, index: number): Batch => batchOf(examples, rowsAt(epoch, index), settings);
  return {
    batchSize,
    batchesPerEpoch,
    stepsPerEpoch: Math.ceil(batchesPerEpoch / gradAccumulation),
    largestLength: 1,
    rowsPerEpoch: examples.length,
    lengthAt: () => 1,
    scoredAt: (epoch, index) => rowsAt(epoch, index).length,
    batchAt,
    windowAt(epoch, step): AccumulationWindow {
      const first = step * gradAccumulation;
      const count = Math.max(0, Math.min(gradAccumulation, batchesPerEpoch - first));
      const batches = Array.from({ length: count }, (_, offset) => batchAt(epoch, first + offset));
      const pictures = batches.reduce((sum, { tokens }) => sum + tokens, 0);
      return { batches, scoredTokens: pictures, tokens: pictures };
    },
    fillRatio: () => Math.min(1, examples.length / (batchesPerEpoch * batchSize || 1)),
  };
}

function batchOf(examples: readonly PictureExample[], rows: readonly number[], settings: PictureBatchSettings): Batch {
  const { batchSize } = settings;
  const labels = new Int32Array(batchSize).fill(maskedLabel);
  labels.set(rows.map((row) => examples[row]!.label));
  const places = rows.map((row) => pixelsOf(examples[row]!));
  return {
    rows: rows.map((row) => [row]),
    batchSize,
    length: 1,
    ids: new Int32Array(batchSize),
    labels,
    lengths: rows.map(() => [1]),
    scoredTokens: rows.length,
    tokens: rows.length,
    pixels: scaledPixels(places, batchSize, settings),
  };
}

function pixelsOf({ pixels }: PictureExample): Uint8Array {
  if (pixels) return pixels;
  throw new TypeError('a batch of pictures that were not read');
}

/** Pictures one after the other as the model reads them, in room for `places` of them. */
export function scaledPixels(
  pictures: readonly Uint8Array[],
  places: number,
  { mean, std }: Pick<PictureBatchSettings, 'mean' | 'std'>,
): Float32Array {
  const length = pictures[0]?.length ?? 0;
  const scaled = new Float32Array(places * length);
  for (const [place, pixels] of pictures.entries())
    for (let i = 0; i < length; i++) {
      const channel = i % 3;
      scaled[place * length + i] = (pixels[i]! / 255 - mean[channel]!) / std[channel]!;
    }
  return scaled;
}
