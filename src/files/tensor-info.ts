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
