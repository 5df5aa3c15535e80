import type { Bytes } from './source.ts';

export interface TensorInfo {
  /** In safetensors' names; only F32, F16 and BF16 can be read, see `safetensorsFloat`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly byteLength: number;
  readonly file: string;
  /** Offset of the first value, from the start of the file; little-endian. */
  readonly begin: number;
  /** Steps of the axes, in values, where they do not lie row by row (a transposed or repeated view of PyTorch's). */
  readonly strides?: readonly number[];
}

/** What the head of one file of weights says. */
export interface WeightsHeader {
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A matrix that is published as codes with scales, as it lies in the file. */
export interface CodedTensor {
  readonly type: 'nf4' | 'fp4' | 'int8';
  readonly shape: readonly [rows: number, width: number];
  /** How many values, counted on from row to row, share a scale. */
  readonly blockSize: number;
  /** A value is scale · level[code]; of int8 code · scale. */
  scales(): Promise<Float32Array>;
  /** Of four bits, by code. */
  readonly levels: Float32Array;
  /** Bytes of codes as they lie in the file. */
  codes(begin: number, end: number): Promise<Bytes>;
}
