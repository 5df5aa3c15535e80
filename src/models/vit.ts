/**
 * ViT as transformers has it: a picture is cut into patches, a learned row stands before them, positions are learned, and
 * the layers attend both ways. The head reads the first row. DeiT without distillation is published as the same type.
 * Reference: transformers `models/vit/modeling_vit.py` (ViTForImageClassification); arXiv 2010.11929.
 */
import { because } from '../errors.ts';
import type { Activation, Value } from '../graph/types.ts';
import { headSize } from './architecture.ts';
import { layerNorm, plainMlp, selfAttention } from './blocks.ts';
import { ConfigReader, invalidConfig, type JsonObject } from './config-reader.ts';
import { biased, convolution } from './image-blocks.ts';
import { processorInput } from './image-input.ts';
import type { ImageParts, Pixels } from './image-model.ts';
import { attentionLayer } from './layers.ts';
import type { ClassifierHead, ImageModel, ParameterInfo } from './model.ts';
import { ParameterList } from './parameter-list.ts';
import { labelConfig } from './sequence-classifier.ts';

// Config

interface ViTConfig {
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly headDim: number;
  readonly intermediateSize: number;
  readonly activation: Activation;
  readonly normEpsilon: number;
  readonly initializerRange: number;
  readonly qkvBias: boolean;
  /** Pixels along each side of the picture, and of a patch. */
  readonly imageSize: number;
  readonly patchSize: number;
}

function readConfig(json: JsonObject): ViTConfig {
  const read = new ConfigReader(json);
  const channels = read.size('num_channels', 3);
  if (channels !== 3) throw invalidConfig(because`num_channels is ${channels}, not 3`);
  const hiddenSize = read.size('hidden_size', 768);
  const heads = read.size('num_attention_heads', 12);
  const headDim = headSize(hiddenSize, heads);
  if (read.size('head_dim', headDim) !== headDim)
    throw invalidConfig(because`head_dim ${json.head_dim} is not hidden_size over num_attention_heads`);
  const imageSize = square(json, 'image_size', 224);
  const patchSize = square(json, 'patch_size', 16);
  if (patchSize > imageSize)
    throw invalidConfig(because`patch_size ${patchSize} is larger than image_size ${imageSize}`);
  return {
    ...{ hiddenSize, heads, headDim, imageSize, patchSize },
    layers: read.layers('num_hidden_layers', 12),
    intermediateSize: read.size('intermediate_size', 3072),
    activation: read.activation('hidden_act', 'gelu'),
    normEpsilon: read.positive('layer_norm_eps', 1e-12),
    initializerRange: read.positive('initializer_range', 0.02),
    qkvBias: read.flag('qkv_bias', true),
  };
}

/** A side, said once or for both. */
function square(json: JsonObject, key: string, fallback: number): number {
  const value = json[key];
  if (!Array.isArray(value)) return new ConfigReader(json).size(key, fallback);
  if (value.length !== 2 || value[0] !== value[1])
    throw invalidConfig(because`${key} is ${JSON.stringify(value)}, not one height and width`);
  return new ConfigReader({ [key]: value[0] }).size(key);
}

/** Patches and the row before them. */
const tokensOf = ({ imageSize, patchSize }: ViTConfig): number => Math.floor(imageSize / patchSize) ** 2 + 1;

// Parameters

/** What files call the modules, which transformers 5 renamed in its classes alone. */
const onDisk: readonly (readonly [RegExp, string])[] = [
  [/^vit\.layers\./, 'vit.encoder.layer.'],
  [/\.attention\.q_proj\./, '.attention.attention.query.'],
  [/\.attention\.k_proj\./, '.attention.attention.key.'],
  [/\.attention\.v_proj\./, '.attention.attention.value.'],
  [/\.attention\.o_proj\./, '.attention.output.dense.'],
  [/\.mlp\.fc1\./, '.intermediate.dense.'],
  [/\.mlp\.fc2\./, '.output.dense.'],
];

function published(info: ParameterInfo): ParameterInfo {
  const file = onDisk.reduce((name, [pattern, word]) => name.replace(pattern, word), info.name);
  const bare = (name: string) => (name.startsWith('vit.') ? [name, name.slice('vit.'.length)] : [name]);
  return { ...info, publishedNames: [...new Set([file, info.name])].flatMap(bare) };
}

function parametersOf(config: ViTConfig, outputs: number): ParameterInfo[] {
  const { hiddenSize, intermediateSize, patchSize, initializerRange, qkvBias } = config;
  const list = new ParameterList('vit.');
  list.position('vit.embeddings.cls_token', [1, 1, hiddenSize]);
  list.position('vit.embeddings.position_embeddings', [1, tokensOf(config), hiddenSize]);
  list.convolution('vit.embeddings.patch_embeddings.projection', [hiddenSize, 3, patchSize, patchSize], true);
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `vit.layers.${layer}`;
    for (const name of ['q_proj', 'k_proj', 'v_proj'])
      list.linear(`${path}.attention.${name}`, hiddenSize, hiddenSize, { bias: qkvBias });
    list.linear(`${path}.attention.o_proj`, hiddenSize, hiddenSize, { bias: true });
    list.layerNorm(`${path}.layernorm_before`, hiddenSize);
    list.layerNorm(`${path}.layernorm_after`, hiddenSize);
    list.linear(`${path}.mlp.fc1`, intermediateSize, hiddenSize, { bias: true });
    list.linear(`${path}.mlp.fc2`, hiddenSize, intermediateSize, { bias: true });
  }
  list.layerNorm('vit.layernorm', hiddenSize);
  list.headLinear('classifier', outputs, hiddenSize, initializerRange);
  return list.all.map(published);
}

// Layers

/** The patches of each picture, the learned row before them, with positions: [batch · tokens, hidden]. */
function embed(parts: ImageParts, { value, batch }: Pixels, config: ViTConfig): Value {
  const { builder, tensor } = parts;
  const { hiddenSize, imageSize: size, patchSize } = config;
  const tokens = tokensOf(config);
  return builder.within('vit.embeddings', () => {
    const module = 'vit.embeddings.patch_embeddings.projection';
    const pixels = { value, batch, height: size, width: size };
    const patches = biased(parts, module, convolution(parts, module, pixels, { stride: patchSize, padding: 0 }));
    const first = builder.reshape(tensor('vit.embeddings.cls_token'), [hiddenSize]);
    const rows = [
      builder.add(builder.constant(0, [batch, hiddenSize]), first),
      builder.reshape(patches.value, [batch, (tokens - 1) * hiddenSize]),
    ];
    const places = builder.reshape(tensor('vit.embeddings.position_embeddings'), [tokens * hiddenSize]);
    const placed = builder.add(builder.node('concat', rows, {}), places);
    return builder.reshape(placed, [batch * tokens, hiddenSize]);
  });
}

function layer(parts: ImageParts, config: ViTConfig, index: number, hidden: Value): Value {
  const { builder, seams } = parts;
  const { heads, headDim, activation, normEpsilon } = config;
  const path = `vit.layers.${index}`;
  const norm = layerNorm(parts, normEpsilon);
  const form = { layer: index, path: `${path}.attention`, heads, kvHeads: heads, headDim };
  return builder.within(path, () => {
    const before = norm(`${path}.layernorm_before`, hidden);
    const attended = seams.sublayer(index, 'attention', before, hidden, (x) =>
      builder.within('attention', () => selfAttention(parts, form, x)),
    );
    const after = norm(`${path}.layernorm_after`, attended);
    return seams.sublayer(index, 'mlp', after, attended, (x) =>
      builder.within('mlp', () => plainMlp(parts, [`${path}.mlp.fc1`, `${path}.mlp.fc2`], activation, x)),
    );
  });
}

// Model

/** The first row of each picture after the final norm, which norms every row by itself. */
function buildFeatures(parts: ImageParts, pixels: Pixels, config: ViTConfig): Value {
  const { builder } = parts;
  const { hiddenSize } = config;
  const tokens = tokensOf(config);
  let hidden = embed(parts, pixels, config);
  for (let index = 0; index < config.layers; index++) hidden = layer(parts, config, index, hidden);
  return builder.within('vit', () => {
    const pictures = builder.reshape(hidden, [pixels.batch, tokens * hiddenSize]);
    const [first] = builder.split(pictures, [hiddenSize, (tokens - 1) * hiddenSize]);
    return layerNorm(parts, config.normEpsilon)('vit.layernorm', first!);
  });
}

/** @throws AppError 'config-invalid' */
export function vitModel(json: JsonObject, head: ClassifierHead): ImageModel {
  const config = readConfig(json);
  const { hiddenSize, heads, headDim, imageSize } = config;
  const classifier = { ...head, architecture: 'ViTForImageClassification' };
  return {
    kind: 'image',
    library: 'transformers',
    modelType: 'vit',
    config: json,
    parameters: parametersOf(config, head.outputs),
    layers: Array.from({ length: config.layers }, () => attentionLayer({ kvHeads: heads, headDim })),
    hiddenSize,
    classifier,
    headParameter: 'classifier.weight',
    headBias: 'classifier.bias',
    tokens: tokensOf(config),
    input: processorInput({ size: imageSize }, imageSize),
    processorInput: (processor) => processorInput(processor, imageSize),
    buffers: [],
    buildFeatures: (parts, pixels) => buildFeatures(parts, pixels, config),
    configWithClasses() {
      const { num_labels: _, ...kept } = json;
      return { ...kept, architectures: [classifier.architecture], ...labelConfig(classifier) };
    },
  };
}
