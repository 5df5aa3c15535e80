/**
 * EfficientNet as timm writes it: a stem that halves the image, seven stages of blocks (wider by a convolution of one
 * pixel, a convolution of each channel by itself, a factor for each channel of each image, narrower again), a wider
 * convolution, the mean over the image, one linear layer. The larger ones scale channels and blocks of the first.
 * Reference: timm `models/efficientnet.py`, `_efficientnet_blocks.py`; arXiv 1905.11946. Stochastic depth is not applied.
 */
import { because } from '../errors.ts';
import type { Activation } from '../graph/types.ts';
import { ConfigReader, invalidConfig, type JsonObject } from './config-reader.ts';
import {
  batchNorm,
  convolution,
  depthwise,
  type FeatureMaps,
  globalAveragePool,
  pointwise,
  scaledChannels,
} from './image-blocks.ts';
import type { ImageParts, Pixels } from './image-model.ts';
import { imageBlock } from './layers.ts';
import type { ClassifierHead, ImageModel } from './model.ts';
import { countedByBlock, ParameterList } from './parameter-list.ts';
import { readTimmConfig, timmConfigFor } from './timm-config.ts';

// Config

/** Factors on the channels and on the blocks of a stage, by timm's name of the architecture. */
const architectures: Readonly<Record<string, readonly [channels: number, blocks: number]>> = {
  efficientnet_b0: [1, 1],
  efficientnet_b1: [1, 1.1],
  efficientnet_b2: [1.1, 1.2],
  efficientnet_b3: [1.2, 1.4],
  efficientnet_b4: [1.4, 1.8],
};

/** Every `architecture` that can be opened. */
export const efficientNetArchitectures: readonly string[] = Object.keys(architectures);

/** Of the first architecture; `expansion`: channels inside of a block over those that go in. */
const stages = [
  { blocks: 1, kernel: 3, stride: 1, expansion: 1, channels: 16 },
  { blocks: 2, kernel: 3, stride: 2, expansion: 6, channels: 24 },
  { blocks: 2, kernel: 5, stride: 2, expansion: 6, channels: 40 },
  { blocks: 3, kernel: 3, stride: 2, expansion: 6, channels: 80 },
  { blocks: 3, kernel: 5, stride: 1, expansion: 6, channels: 112 },
  { blocks: 4, kernel: 5, stride: 2, expansion: 6, channels: 192 },
  { blocks: 1, kernel: 3, stride: 1, expansion: 6, channels: 320 },
];
const stemChannels = 32;
const headChannels = 1280;
/** Above the factors of any that there is: the largest of timm's has 5.3. */
const mostTimes = 10;
/** Channels of a block's input over those that its factors are made from. */
const squeeze = 4;

interface Block {
  readonly path: string;
  readonly kernel: number;
  readonly stride: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly innerChannels: number;
}

interface EfficientNetConfig {
  readonly stem: number;
  readonly blocks: readonly Block[];
  readonly features: number;
}

/** The nearest multiple of 8 that is no tenth below. */
function roundedChannels(channels: number): number {
  const nearest = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return nearest < 0.9 * channels ? nearest + 8 : nearest;
}

/**
 * `channel_multiplier` and `depth_multiplier` are arguments of timm's generator and not of its `create_model`: published
 * files leave them to the architecture's name.
 */
function readConfig(architecture: string, given: JsonObject): EfficientNetConfig {
  const [usualChannels, usualBlocks] = architectures[architecture]!;
  const factor = (key: string, usual: number): number => {
    const value = new ConfigReader(given).positive(key, usual);
    if (value > mostTimes) throw invalidConfig(because`${key} is ${value}, above ${mostTimes}`);
    return value;
  };
  const channelFactor = factor('channel_multiplier', usualChannels);
  const blockFactor = factor('depth_multiplier', usualBlocks);
  const stem = roundedChannels(stemChannels * channelFactor);
  const blocks: Block[] = [];
  let inChannels = stem;
  for (const [stage, { blocks: usual, kernel, stride, expansion, channels }] of stages.entries()) {
    const outChannels = roundedChannels(channels * channelFactor);
    for (let index = 0; index < Math.ceil(usual * blockFactor); index++) {
      blocks.push({
        ...{ path: `blocks.${stage}.${index}`, kernel, stride: index === 0 ? stride : 1 },
        ...{ inChannels, outChannels, innerChannels: inChannels * expansion },
      });
      inChannels = outChannels;
    }
  }
  return { stem, blocks, features: roundedChannels(headChannels * channelFactor) };
}

/** A block of the first stage, which has no convolution that makes it wider; timm numbers its norms otherwise. */
const isPlain = ({ inChannels, innerChannels }: Block): boolean => innerChannels === inChannels;

// Parameters

function addBlock(list: ParameterList, block: Block): void {
  const { path, kernel, inChannels, outChannels, innerChannels } = block;
  const squeezed = inChannels / squeeze;
  const plain = isPlain(block);
  if (!plain) {
    list.convolution(`${path}.conv_pw`, [innerChannels, inChannels, 1, 1], false);
    list.batchNorm(`${path}.bn1`, innerChannels);
  }
  list.convolution(`${path}.conv_dw`, [innerChannels, 1, kernel, kernel], false);
  list.batchNorm(plain ? `${path}.bn1` : `${path}.bn2`, innerChannels);
  list.convolution(`${path}.se.conv_reduce`, [squeezed, innerChannels, 1, 1], true);
  list.convolution(`${path}.se.conv_expand`, [innerChannels, squeezed, 1, 1], true);
  list.convolution(plain ? `${path}.conv_pw` : `${path}.conv_pwl`, [outChannels, innerChannels, 1, 1], false);
  list.batchNorm(plain ? `${path}.bn2` : `${path}.bn3`, outChannels);
}

function tensorsOf({ stem, blocks, features }: EfficientNetConfig, classes: number): ParameterList {
  const list = new ParameterList('');
  list.convolution('conv_stem', [stem, 3, 3, 3], false);
  list.batchNorm('bn1', stem);
  for (const block of blocks) addBlock(list, block);
  list.convolution('conv_head', [features, blocks.at(-1)!.outChannels, 1, 1], false);
  list.batchNorm('bn2', features);
  // timm draws it from U(±1/√classes).
  list.headLinear('classifier', classes, features, 1 / Math.sqrt(3 * classes));
  return list;
}

// Layers

function activated({ builder }: ImageParts, x: FeatureMaps, activation: Activation): FeatureMaps {
  return { ...x, value: builder.activation(x.value, activation) };
}

/** Each channel of each image times a factor between 0 and 1 that is made from the means of all its channels. */
function squeezeExcite(parts: ImageParts, path: string, x: FeatureMaps): FeatureMaps {
  const { builder } = parts;
  return builder.within('se', () => {
    const squeezed = pointwise(parts, `${path}.conv_reduce`, globalAveragePool(parts, x));
    const expanded = pointwise(parts, `${path}.conv_expand`, builder.activation(squeezed, 'silu'));
    return scaledChannels(parts, x, builder.activation(expanded, 'sigmoid'));
  });
}

function block(parts: ImageParts, form: Block, x: FeatureMaps): FeatureMaps {
  const { path, kernel, stride, inChannels, outChannels } = form;
  const { builder } = parts;
  const steps = { stride, padding: (kernel - 1) / 2 };
  const onePixel = { stride: 1, padding: 0 };
  const normed = (norm: string, maps: FeatureMaps) => batchNorm(parts, `${path}.${norm}`, maps);
  const plain = isPlain(form);
  return builder.within(path, () => {
    const wide = () => normed('bn1', convolution(parts, `${path}.conv_pw`, x, onePixel));
    const inner = plain ? x : activated(parts, wide(), 'silu');
    const spread = normed(plain ? 'bn1' : 'bn2', depthwise(parts, `${path}.conv_dw`, inner, steps));
    const excited = squeezeExcite(parts, `${path}.se`, activated(parts, spread, 'silu'));
    const last = convolution(parts, plain ? `${path}.conv_pw` : `${path}.conv_pwl`, excited, onePixel);
    const out = normed(plain ? 'bn2' : 'bn3', last);
    const isResidual = stride === 1 && inChannels === outChannels;
    return isResidual ? { ...out, value: builder.add(out.value, x.value) } : out;
  });
}

// Model

function buildFeatures(parts: ImageParts, { value, batch }: Pixels, size: number, { blocks }: EfficientNetConfig) {
  const pixels: FeatureMaps = { value, batch, height: size, width: size };
  const stem = convolution(parts, 'conv_stem', pixels, { stride: 2, padding: 1 });
  const first = activated(parts, batchNorm(parts, 'bn1', stem), 'silu');
  const last = blocks.reduce((x, form) => block(parts, form, x), first);
  const head = convolution(parts, 'conv_head', last, { stride: 1, padding: 0 });
  return globalAveragePool(parts, activated(parts, batchNorm(parts, 'bn2', head), 'silu'));
}

/**
 * The model of a config.json of timm; with a head, for as many classes as it says.
 * @throws AppError 'config-invalid'
 */
export function efficientNetModel(json: JsonObject, head?: ClassifierHead): ImageModel {
  const { given, input, classifier } = readTimmConfig(json, head, ['channel_multiplier', 'depth_multiplier']);
  const config = readConfig(classifier.architecture, given);
  const { all, buffers } = tensorsOf(config, classifier.outputs);
  return {
    kind: 'image',
    library: 'timm',
    modelType: classifier.architecture,
    config: json,
    parameters: countedByBlock(
      all,
      config.blocks.map(({ path }) => path),
    ),
    layers: config.blocks.map(() => imageBlock),
    hiddenSize: config.features,
    classifier,
    headParameter: 'classifier.weight',
    headBias: 'classifier.bias',
    input,
    buffers,
    buildFeatures: (parts, pixels) => buildFeatures(parts, pixels, input.size, config),
    configWithClasses: () => timmConfigFor(json, classifier),
  };
}
