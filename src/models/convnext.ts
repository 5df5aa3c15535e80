/**
 * ConvNeXt as timm writes it: a stem that cuts patches of 4, four stages of blocks (a convolution of each channel by
 * itself, a norm, an MLP, a factor a channel), the mean over the image, a norm, one linear layer. In the small ones the
 * MLP's matrices are kept as convolutions.
 * Reference: timm `models/convnext.py` (`ConvNeXt`, `ConvNeXtBlock`); arXiv 2201.03545. Stochastic depth is not applied.
 */
import { because } from '../errors.ts';
import { layerNorm } from './blocks.ts';
import { invalidConfig, type JsonObject } from './config-reader.ts';
import { biased, convolution, depthwise, type FeatureMaps, globalAveragePool, pointwise } from './image-blocks.ts';
import { readNumbers } from './image-input.ts';
import type { ImageParts, Pixels } from './image-model.ts';
import { imageBlock } from './layers.ts';
import type { ClassifierHead, ImageModel, ParameterInfo } from './model.ts';
import { countedByBlock, ParameterList } from './parameter-list.ts';
import { readTimmConfig, timmConfigFor } from './timm-config.ts';

// Config

interface ConvNextConfig {
  /** Blocks and channels of each stage. */
  readonly depths: readonly number[];
  readonly dims: readonly number[];
  /** Whether the MLP's matrices are kept as convolutions of one pixel. */
  readonly convMlp: boolean;
}

/** By timm's name of the architecture. */
const architectures: Readonly<Record<string, ConvNextConfig>> = {
  convnext_atto: { depths: [2, 2, 6, 2], dims: [40, 80, 160, 320], convMlp: true },
  convnext_tiny: { depths: [3, 3, 9, 3], dims: [96, 192, 384, 768], convMlp: false },
};

/** Every `architecture` that can be opened. */
export const convNextArchitectures: readonly string[] = Object.keys(architectures);

const kernel = 7;
const patch = 4;
const normEpsilon = 1e-6;

function readConfig(architecture: string, given: JsonObject): ConvNextConfig {
  const usual = architectures[architecture]!;
  const sizes = (key: 'depths' | 'dims') => {
    const read = readNumbers(given, key, 4, usual[key]);
    if (!read.every((size) => Number.isInteger(size) && size > 0 && size < 10_000))
      throw invalidConfig(because`${key} are whole numbers`);
    return read;
  };
  return { ...usual, depths: sizes('depths'), dims: sizes('dims') };
}

// Parameters

/** Paths of the blocks, in order. */
const blockPaths = ({ depths }: ConvNextConfig): string[] =>
  depths.flatMap((count, stage) => Array.from({ length: count }, (_, index) => `stages.${stage}.blocks.${index}`));

function parametersOf(config: ConvNextConfig, classes: number): ParameterInfo[] {
  const { depths, dims, convMlp } = config;
  const list = new ParameterList('');
  const matrix = (module: string, out: number, width: number): void =>
    convMlp ? list.convolution(module, [out, width, 1, 1], true) : list.linear(module, out, width, { bias: true });
  list.convolution('stem.0', [dims[0]!, 3, patch, patch], true);
  list.layerNorm('stem.1', dims[0]!);
  dims.forEach((size, stage) => {
    const before = dims[stage - 1];
    if (before !== undefined) {
      list.layerNorm(`stages.${stage}.downsample.0`, before);
      list.convolution(`stages.${stage}.downsample.1`, [size, before, 2, 2], true);
    }
    for (let index = 0; index < depths[stage]!; index++) {
      const path = `stages.${stage}.blocks.${index}`;
      list.channelFactor(`${path}.gamma`, size);
      list.convolution(`${path}.conv_dw`, [size, 1, kernel, kernel], true);
      list.layerNorm(`${path}.norm`, size);
      matrix(`${path}.mlp.fc1`, 4 * size, size);
      matrix(`${path}.mlp.fc2`, size, 4 * size);
    }
  });
  list.layerNorm('head.norm', dims.at(-1)!);
  list.headLinear('head.fc', classes, dims.at(-1)!, 0.02);
  return countedByBlock(list.all, blockPaths(config), (name) => name.replace('.downsample.', '.blocks.0.'));
}

// Layers

/** x + gamma · mlp(norm(depthwise(x))). */
function block(parts: ImageParts, path: string, x: FeatureMaps): FeatureMaps {
  const { builder, tensor } = parts;
  return builder.within(path, () => {
    const spread = biased(parts, `${path}.conv_dw`, depthwise(parts, `${path}.conv_dw`, x, { stride: 1, padding: 3 }));
    const normed = layerNorm(parts, normEpsilon)(`${path}.norm`, spread.value);
    const inner = builder.activation(pointwise(parts, `${path}.mlp.fc1`, normed), 'gelu');
    const mixed = builder.mul(pointwise(parts, `${path}.mlp.fc2`, inner), tensor(`${path}.gamma`));
    return { ...x, value: builder.add(mixed, x.value) };
  });
}

/** The norm of a stage's input, and the convolution that halves it. */
function downsample(parts: ImageParts, path: string, x: FeatureMaps): FeatureMaps {
  const normed = { ...x, value: layerNorm(parts, normEpsilon)(`${path}.0`, x.value) };
  return biased(parts, `${path}.1`, convolution(parts, `${path}.1`, normed, { stride: 2, padding: 0 }));
}

// Model

function buildFeatures(parts: ImageParts, { value, batch }: Pixels, size: number, { depths }: ConvNextConfig) {
  const { builder } = parts;
  const norm = layerNorm(parts, normEpsilon);
  const pixels: FeatureMaps = { value, batch, height: size, width: size };
  const stem = biased(parts, 'stem.0', convolution(parts, 'stem.0', pixels, { stride: patch, padding: 0 }));
  let maps: FeatureMaps = { ...stem, value: norm('stem.1', stem.value) };
  for (const [stage, depth] of depths.entries()) {
    const path = `stages.${stage}`;
    const input = maps;
    if (stage > 0) maps = builder.within(path, () => downsample(parts, `${path}.downsample`, input));
    for (let index = 0; index < depth; index++) maps = block(parts, `${path}.blocks.${index}`, maps);
  }
  return builder.within('head', () => norm('head.norm', globalAveragePool(parts, maps)));
}

/**
 * The model of a config.json of timm; with a head, for as many classes as it says.
 * @throws AppError 'config-invalid'
 */
export function convNextModel(json: JsonObject, head?: ClassifierHead): ImageModel {
  const { given, input, classifier } = readTimmConfig(json, head, ['depths', 'dims', 'conv_mlp', 'ls_init_value']);
  const config = readConfig(classifier.architecture, given);
  if ((given.conv_mlp ?? config.convMlp) !== config.convMlp || given.ls_init_value === null)
    throw invalidConfig(because`model_args of ${classifier.architecture} are those of another ConvNeXt`);
  if (input.size < 32)
    throw invalidConfig(because`input_size is ${input.size}, and ${classifier.architecture} needs 32`);
  return {
    kind: 'image',
    library: 'timm',
    modelType: classifier.architecture,
    config: json,
    parameters: parametersOf(config, classifier.outputs),
    layers: blockPaths(config).map(() => imageBlock),
    hiddenSize: config.dims.at(-1)!,
    classifier,
    headParameter: 'head.fc.weight',
    headBias: 'head.fc.bias',
    input,
    buffers: [],
    buildFeatures: (parts, pixels) => buildFeatures(parts, pixels, input.size, config),
    configWithClasses: () => timmConfigFor(json, classifier),
  };
}
