/**
 * ResNet-18 and ResNet-34 as timm writes them: a stem of one 7×7 convolution and a pool, four stages of residual blocks
 * of two 3×3 convolutions, the mean over the image, one linear layer. torchvision's files have the same names.
 * Reference: timm `models/resnet.py` (`ResNet`, `BasicBlock`); arXiv 1512.03385.
 */
import { because } from '../errors.ts';
import type { Value } from '../graph/types.ts';
import { invalidConfig, type JsonObject } from './config-reader.ts';
import { batchNorm, convolution, type FeatureMaps, globalAveragePool, maxPool } from './image-blocks.ts';
import { readNumbers } from './image-input.ts';
import type { ImageInput, ImageParts, Pixels } from './image-model.ts';
import { imageBlock } from './layers.ts';
import type { Classifier, ClassifierHead, ImageModel } from './model.ts';
import { countedByBlock, ParameterList } from './parameter-list.ts';
import { readTimmConfig, timmConfigFor } from './timm-config.ts';

// Config

interface ResNetConfig {
  /** Channels and blocks of each stage. */
  readonly channels: readonly number[];
  readonly blocks: readonly number[];
  readonly classifier: Classifier;
  readonly input: ImageInput;
}

/** Blocks of the four stages, by timm's name of the architecture. */
const architectures: Readonly<Record<string, readonly number[]>> = {
  resnet18: [2, 2, 2, 2],
  resnet34: [3, 4, 6, 3],
};

/** Every `architecture` that can be opened. */
export const resNetArchitectures: readonly string[] = Object.keys(architectures);

const stemChannels = 64;

function readConfig(json: JsonObject, head: ClassifierHead | undefined): ResNetConfig {
  const blocks = architectures[json.architecture as string]!;
  const { given, input, classifier } = readTimmConfig(json, head, ['channels']);
  const channels = readNumbers(given, 'channels', blocks.length, [64, 128, 256, 512]);
  if (!channels.every((size) => Number.isInteger(size) && size > 0))
    throw invalidConfig(because`channels are whole numbers`);
  return { channels, blocks, classifier, input };
}

// Layers

interface Block {
  readonly path: string;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly stride: number;
}

/** The residual blocks in order; each stage but the first halves the image. */
function blocksOf({ channels, blocks }: ResNetConfig): Block[] {
  const all: Block[] = [];
  let inChannels = stemChannels;
  channels.forEach((outChannels, stage) => {
    for (let index = 0; index < blocks[stage]!; index++) {
      const stride = stage > 0 && index === 0 ? 2 : 1;
      all.push({ path: `layer${stage + 1}.${index}`, inChannels, outChannels, stride });
      inChannels = outChannels;
    }
  });
  return all;
}

/** Whether a block's input must be brought to the shape of its output by a convolution of its own. */
const isReshaped = ({ inChannels, outChannels, stride }: Block): boolean => stride > 1 || inChannels !== outChannels;

/** The parameters and the running statistics, in the order of `named_parameters()` and `named_buffers()`. */
function tensorsOf(config: ResNetConfig, features: number): ParameterList {
  const list = new ParameterList('');
  const convolution = (module: string, inChannels: number, outChannels: number, kernel: number): void =>
    list.convolution(module, [outChannels, inChannels, kernel, kernel], false);
  convolution('conv1', 3, stemChannels, 7);
  list.batchNorm('bn1', stemChannels);
  for (const block of blocksOf(config)) {
    const { path, inChannels, outChannels } = block;
    convolution(`${path}.conv1`, inChannels, outChannels, 3);
    list.batchNorm(`${path}.bn1`, outChannels);
    convolution(`${path}.conv2`, outChannels, outChannels, 3);
    list.batchNorm(`${path}.bn2`, outChannels);
    if (!isReshaped(block)) continue;
    convolution(`${path}.downsample.0`, inChannels, outChannels, 1);
    list.batchNorm(`${path}.downsample.1`, outChannels);
  }
  // torch.nn.Linear starts from U(±1/√in): the same deviation.
  list.headLinear('fc', config.classifier.outputs, features, 1 / Math.sqrt(3 * features));
  return list;
}

function relu({ builder }: ImageParts, x: FeatureMaps): FeatureMaps {
  return { ...x, value: builder.activation(x.value, 'relu') };
}

function residualBlock(parts: ImageParts, block: Block, x: FeatureMaps): FeatureMaps {
  const { path, stride } = block;
  const { builder } = parts;
  return builder.within(path, () => {
    const first = convolution(parts, `${path}.conv1`, x, { stride, padding: 1 });
    const middle = relu(parts, batchNorm(parts, `${path}.bn1`, first));
    const second = convolution(parts, `${path}.conv2`, middle, { stride: 1, padding: 1 });
    const out = batchNorm(parts, `${path}.bn2`, second);
    const down = () => convolution(parts, `${path}.downsample.0`, x, { stride, padding: 0 });
    const shortcut = isReshaped(block) ? batchNorm(parts, `${path}.downsample.1`, down()) : x;
    return relu(parts, { ...out, value: builder.add(out.value, shortcut.value) });
  });
}

// Model

function buildFeatures(parts: ImageParts, { value, batch }: Pixels, config: ResNetConfig): Value {
  const { size } = config.input;
  const pixels: FeatureMaps = { value, batch, height: size, width: size };
  const stem = convolution(parts, 'conv1', pixels, { stride: 2, padding: 3 });
  const pooled = maxPool(parts, relu(parts, batchNorm(parts, 'bn1', stem)), 3, { stride: 2, padding: 1 });
  const last = blocksOf(config).reduce((x, block) => residualBlock(parts, block, x), pooled);
  return globalAveragePool(parts, last);
}

/**
 * The model of a config.json of timm; with a head, for as many classes as it says.
 * @throws AppError 'config-invalid'
 */
export function resNetModel(json: JsonObject, head?: ClassifierHead): ImageModel {
  const config = readConfig(json, head);
  const features = config.channels.at(-1)!;
  const { all, buffers } = tensorsOf(config, features);
  const blocks = blocksOf(config);
  return {
    kind: 'image',
    library: 'timm',
    modelType: json.architecture as string,
    config: json,
    parameters: countedByBlock(
      all,
      blocks.map(({ path }) => path),
    ),
    layers: blocks.map(() => imageBlock),
    hiddenSize: features,
    classifier: config.classifier,
    headParameter: 'fc.weight',
    headBias: 'fc.bias',
    input: config.input,
    buffers,
    buildFeatures: (parts, pixels) => buildFeatures(parts, pixels, config),
    configWithClasses: () => timmConfigFor(json, config.classifier),
  };
}
