import type { ModelSizes } from './architecture.ts';
import type { ModelBuffer } from './image-model.ts';
import type { ParameterInfo, ParameterRole } from './model.ts';

interface LinearOptions {
  readonly bias?: boolean;
  /** Stored [in, out], as transformers' Conv1D. */
  readonly transposed?: boolean;
  /** Deviation of what the matrix starts from where published weights lack the module; its bias then starts from 0. */
  readonly fresh?: number;
}

interface ExpertSizes {
  readonly experts: number;
  /** Of the inside of each expert. */
  readonly width: number;
  readonly hiddenSize: number;
}

/** How files hold experts, where not as transformers does. */
export interface PublishedExperts {
  readonly both: Pick<AddOptions, 'alsoNamed' | 'pieces'>;
  readonly down: Pick<AddOptions, 'alsoNamed' | 'pieces'>;
}

interface AddOptions {
  readonly alsoNamed?: readonly string[];
  readonly transposed?: boolean;
  readonly fresh?: ParameterInfo['fresh'];
  readonly pieces?: readonly string[];
}

/**
 * The parameters of a model, to be added in the order of `named_parameters()`. `prefix` is the attribute that holds the
 * bare model, such as `model.`; a file saved from the model without its head lacks it.
 */
export class ParameterList {
  readonly all: ParameterInfo[] = [];
  /** In the order of `named_buffers()`. */
  readonly buffers: ModelBuffer[] = [];
  /** What is no parameter and lies in files all the same: see `TextModel.constants`. */
  readonly constants: ParameterInfo[] = [];

  constructor(private readonly prefix: string) {}

  /** `alsoNamed`: where a tied head is kept in place of its embedding, its name. */
  embedding(module: string, rows: number, width: number, alsoNamed: readonly string[] = []): void {
    this.add(`${module}.weight`, [rows, width], 'embedding', { alsoNamed });
  }

  linear(module: string, outFeatures: number, inFeatures: number, options: LinearOptions = {}): void {
    const { bias = false, transposed = false, fresh } = options;
    const shape = transposed ? [inFeatures, outFeatures] : [outFeatures, inFeatures];
    const start = (deviation: number) => (fresh === undefined ? undefined : { deviation });
    this.add(`${module}.weight`, shape, 'linear', { transposed, fresh: start(fresh ?? 0) });
    if (bias) this.add(`${module}.bias`, [outFeatures], 'bias', { fresh: start(0) });
  }

  /** A linear layer of a classifier's head, fresh where the published weights lack it. */
  headLinear(module: string, outFeatures: number, inFeatures: number, deviation: number, bias = true): void {
    this.add(`${module}.weight`, [outFeatures, inFeatures], 'head', { fresh: { deviation } });
    if (bias) this.add(`${module}.bias`, [outFeatures], 'bias', { fresh: { deviation: 0 } });
  }

  /** A convolution of each channel by itself over so many rows, as PyTorch's Conv1d keeps it. */
  depthwise(module: string, channels: number, taps: number, bias: boolean): void {
    this.add(`${module}.weight`, [channels, 1, taps], 'convolution');
    if (bias) this.add(`${module}.bias`, [channels], 'bias');
  }

  /** A convolution over both sides of a picture, as PyTorch's Conv2d keeps it. */
  convolution(
    module: string,
    shape: readonly [out: number, width: number, down: number, across: number],
    bias: boolean,
  ): void {
    this.add(`${module}.weight`, shape, 'convolution');
    if (bias) this.add(`${module}.bias`, [shape[0]], 'bias');
  }

  /** torch.nn.BatchNorm2d, with its running statistics. */
  batchNorm(module: string, channels: number): void {
    this.add(`${module}.weight`, [channels], 'norm');
    this.add(`${module}.bias`, [channels], 'norm');
    for (const name of ['running_mean', 'running_var'])
      this.buffers.push({ name: `${module}.${name}`, shape: [channels] });
  }

  /** A factor for each channel: counted among the norms, which have the same and are not decayed either. */
  channelFactor(name: string, channels: number): void {
    this.add(name, [channels], 'norm');
  }

  /** Learned rows of a picture: put before its patches, or added to them. */
  position(name: string, shape: readonly number[]): void {
    this.add(name, shape, 'position');
  }

  rmsNorm(module: string, size: number): void {
    this.add(`${module}.weight`, [size], 'norm');
  }

  /** Files converted from TensorFlow say gamma and beta. `fresh`: published weights may lack it, and it starts from 1 and 0. */
  layerNorm(module: string, size: number, { bias = true, fresh = false } = {}): void {
    const start = (value: number) => (fresh ? { deviation: 0, mean: value } : undefined);
    this.add(`${module}.weight`, [size], 'norm', { alsoNamed: [`${module}.gamma`], fresh: start(1) });
    if (bias) this.add(`${module}.bias`, [size], 'norm', { alsoNamed: [`${module}.beta`], fresh: start(0) });
  }

  /** q_proj, k_proj, v_proj and o_proj of an attention module. */
  projections(
    path: string,
    { hiddenSize, heads, kvHeads, headDim }: ModelSizes,
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

  /**
   * The matrix that scores the experts, and the stacks of theirs: gate and up [experts, 2 · width, hidden], then down
   * [experts, hidden, width]. transformers has them as parameters of its own modules, which PEFT does not adapt.
   */
  router(name: string, experts: number, hiddenSize: number, alsoNamed: readonly string[] = []): void {
    this.add(name, [experts, hiddenSize], 'router', { alsoNamed });
  }

  experts(module: string, { experts, width, hiddenSize }: ExpertSizes, published: PublishedExperts): void {
    const both = [experts, 2 * width, hiddenSize];
    this.add(`${module}.gate_up_proj`, both, 'experts', published.both);
    this.add(`${module}.down_proj`, [experts, hiddenSize, width], 'experts', published.down);
  }

  head(module: string, vocabularySize: number, width: number, alsoNamed: readonly string[] = []): void {
    this.add(`${module}.weight`, [vocabularySize, width], 'head', { alsoNamed });
  }

  bias(name: string, size: number, alsoNamed: readonly string[] = []): void {
    this.add(name, [size], 'bias', { alsoNamed });
  }

  /** What a layer multiplies with or adds that PyTorch has as a buffer: one number, or a vector. */
  constant(name: string, size = 1): void {
    this.constants.push(this.infoOf(name, [size], 'norm'));
  }

  decay(name: string, size: number): void {
    this.add(name, [size], 'decay');
  }

  private add(name: string, shape: readonly number[], role: ParameterRole, options: AddOptions = {}): void {
    this.all.push(this.infoOf(name, shape, role, options));
  }

  private infoOf(
    name: string,
    shape: readonly number[],
    role: ParameterRole,
    { alsoNamed = [], transposed = false, fresh, pieces }: AddOptions = {},
  ): ParameterInfo {
    const bare = (full: string) => (full.startsWith(this.prefix) ? [full, full.slice(this.prefix.length)] : [full]);
    const layer = /\.(\d+)\./.exec(name)?.[1];
    return {
      name,
      shape,
      module: name.slice(0, name.lastIndexOf('.')),
      role,
      ...(layer === undefined ? {} : { layer: Number(layer) }),
      ...(transposed ? { transposed } : {}),
      ...(fresh === undefined ? {} : { fresh }),
      ...(pieces === undefined ? {} : { pieces }),
      publishedNames: [name, ...alsoNamed].flatMap(bare),
    };
  }
}

/**
 * The parameters of a model whose blocks are counted over all its stages: each belongs to the block whose path its name
 * begins with, others to none.
 * @param within the name as if it lay in a block, for what lies beside one and belongs to it
 */
export function countedByBlock(
  parameters: readonly ParameterInfo[],
  paths: readonly string[],
  within = (name: string) => name,
): ParameterInfo[] {
  return parameters.map(({ layer: _, ...info }) => {
    const name = within(info.name);
    const layer = paths.findIndex((path) => name.startsWith(`${path}.`));
    return layer < 0 ? info : { ...info, layer };
  });
}
