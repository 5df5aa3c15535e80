import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import type { Seams } from './seams.ts';

/** How an image becomes the numbers a model was trained on: timm's `pretrained_cfg`, transformers' `preprocessor_config.json`. */
export interface ImageInput {
  /** Pixels along each side of the square that the model sees. */
  readonly size: number;
  /** Of each channel: a value from 0 to 1 becomes (value − mean) / std. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly interpolation: 'bilinear' | 'bicubic';
  /** Pixels that the shorter side is brought to, before the middle is cut out. */
  readonly resizeTo: number;
  /** Both sides are brought to it, whatever shape the picture has. */
  readonly squashes: boolean;
}

/** State that the forward pass of training moves and no gradient reaches, such as a running mean. */
export interface ModelBuffer {
  readonly name: string;
  readonly shape: readonly number[];
}

/** What models for images have of the seams: there are no tokens to embed, and nothing is kept between passes. */
export type ImageSeams = Pick<Seams, 'parameter' | 'linear' | 'head' | 'attention' | 'attentionOutput' | 'sublayer'>;

/** What the graph of an image model is built from. */
export interface ImageParts {
  readonly builder: GraphBuilder;
  /** Where a tuning method may step in. */
  readonly seams: ImageSeams;
  /** A parameter or a buffer by its full name. */
  tensor(name: string): Value;
  /**
   * Whether a norm takes the statistics of this batch and moves its running ones by them; else it takes the running ones.
   */
  usesBatchStatistics(module: string): boolean;
}

/** f32 [batch · size · size, channels], batch images row by row. */
export interface Pixels {
  readonly value: Value;
  readonly batch: number;
}
