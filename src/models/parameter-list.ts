import type { DecoderSizes } from './decoder.ts';
import type { ParameterInfo, ParameterRole } from './model.ts';

interface LinearOptions {
  readonly bias?: boolean;
  /** Stored [in, out], as transformers' Conv1D. */
  readonly transposed?: boolean;
}

/**
 * The parameters of a model, to be added in the order of `named_parameters()`. `prefix` is the attribute that holds the
 * bare model, such as `model.`; a file saved from the model without its head lacks it.
 */
export class ParameterList {
  readonly all: ParameterInfo[] = [];

  constructor(private readonly prefix: string) {}

  /** `alsoNamed`: where a tied head is kept in place of its embedding, its name. */
  embedding(module: string, rows: number, width: number, alsoNamed: readonly string[] = []): void {
    this.add(`${module}.weight`, [rows, width], 'embedding', { alsoNamed });
  }

  linear(module: string, outFeatures: number, inFeatures: number, options: LinearOptions = {}): void {
    const { bias = false, transposed = false } = options;
    const shape = transposed ? [inFeatures, outFeatures] : [outFeatures, inFeatures];
    this.add(`${module}.weight`, shape, 'linear', { transposed });
    if (bias) this.add(`${module}.bias`, [outFeatures], 'bias');
  }

  rmsNorm(module: string, size: number): void {
    this.add(`${module}.weight`, [size], 'norm');
  }

  layerNorm(module: string, size: number): void {
    this.rmsNorm(module, size);
    this.add(`${module}.bias`, [size], 'norm');
  }

  /** q_proj, k_proj, v_proj and o_proj of an attention module. */
  projections(
    path: string,
    { hiddenSize, heads, kvHeads, headDim }: DecoderSizes,
    { qkvBias = false, outputBias = false, output = 'o_proj' } = {},
  ): void {
    this.linear(`${path}.q_proj`, heads * headDim, hiddenSize, { bias: qkvBias });
    this.linear(`${path}.k_proj`, kvHeads * headDim, hiddenSize, { bias: qkvBias });
    this.linear(`${path}.v_proj`, kvHeads * headDim, hiddenSize, { bias: qkvBias });
    this.linear(`${path}.${output}`, hiddenSize, heads * headDim, { bias: outputBias });
  }

  /** gate_proj, up_proj and down_proj of an MLP. */
  gatedMlp(path: string, hiddenSize: number, intermediateSize: number, bias = false): void {
    this.linear(`${path}.gate_proj`, intermediateSize, hiddenSize, { bias });
    this.linear(`${path}.up_proj`, intermediateSize, hiddenSize, { bias });
    this.linear(`${path}.down_proj`, hiddenSize, intermediateSize, { bias });
  }

  head(module: string, vocabularySize: number, width: number, alsoNamed: readonly string[] = []): void {
    this.add(`${module}.weight`, [vocabularySize, width], 'head', { alsoNamed });
  }

  bias(name: string, size: number): void {
    this.add(name, [size], 'bias');
  }

  private add(
    name: string,
    shape: readonly number[],
    role: ParameterRole,
    { alsoNamed = [], transposed = false }: { alsoNamed?: readonly string[]; transposed?: boolean } = {},
  ): void {
    const bare = name.startsWith(this.prefix) ? [name.slice(this.prefix.length)] : [];
    const layer = /\.(\d+)\./.exec(name)?.[1];
    this.all.push({
      name,
      shape,
      module: name.slice(0, name.lastIndexOf('.')),
      role,
      ...(layer === undefined ? {} : { layer: Number(layer) }),
      ...(transposed ? { transposed } : {}),
      checkpointNames: [name, ...bare, ...alsoNamed],
    });
  }
}
