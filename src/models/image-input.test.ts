import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { processorInput, timmInput } from './image-input.ts';
import { requireImageModel } from './model.ts';
import { modelFromConfig } from './registry.ts';

test('the processor of google/vit-base-patch16-224 squashes a picture, and takes ImageNet’s standard scale', () => {
  const published = {
    do_normalize: true,
    do_resize: true,
    image_mean: [0.5, 0.5, 0.5],
    image_std: [0.5, 0.5, 0.5],
    size: 224,
  };
  const input = {
    size: 224,
    resizeTo: 224,
    squashes: true,
    interpolation: 'bilinear',
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  };
  expect(processorInput(published, 224)).toEqual(input);
  expect(processorInput({ ...published, size: { height: 224, width: 224 }, resample: 3 }, 224)).toEqual({
    ...input,
    interpolation: 'bicubic',
  });
});

test('that of facebook/deit-base-patch16-224 cuts the middle out of 256 pixels', () => {
  const published = { feature_extractor_type: 'DeiTFeatureExtractor', image_mean: [0.485, 0.456, 0.406], size: 256 };
  expect(processorInput({ ...published, crop_size: 224, do_center_crop: true, resample: 3 }, 224)).toMatchObject({
    ...{ size: 224, resizeTo: 256, squashes: true, interpolation: 'bicubic', mean: [0.485, 0.456, 0.406] },
  });
});

test('what a processor would do otherwise is refused', () => {
  const refused: Record<string, unknown>[] = [
    { image_processor_type: 'ConvNextImageProcessor' },
    { resample: 1 },
    { size: { shortest_edge: 224 } },
    { size: { height: 224, width: 256 } },
    { size: 256 },
    { do_center_crop: true, size: 255, crop_size: 224 },
    { do_resize: false },
    { do_rescale: false },
    { rescale_factor: 1 },
    { do_pad: true },
    { crop_pct: 0.9 },
    { image_mean: [0.5] },
  ];
  for (const json of refused)
    expect(() => processorInput(json, 224), JSON.stringify(json)).toThrow(
      expect.objectContaining({ code: 'config-invalid' }),
    );
});

test('timm’s crop_mode is honoured: squash, and no border', () => {
  expect(timmInput({ crop_pct: 0.9 })).toMatchObject({ resizeTo: 248, squashes: false, interpolation: 'bicubic' });
  expect(timmInput({ crop_pct: 1, crop_mode: 'squash' })).toMatchObject({ resizeTo: 224, squashes: true });
  expect(() => timmInput({ crop_mode: 'border' })).toThrow(expect.objectContaining({ code: 'config-invalid' }));
});

test('files of transformers 4 and 5 and of a bare ViT are found, and the head is fresh where they lack it', () => {
  const { parameters } = requireImageModel(modelFromConfig({ model_type: 'vit' }));
  const total = parameters.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
  // google/vit-base-patch16-224 has 86,567,656 with its 1,000 classes.
  expect(total - 2 * 769 + 1000 * 769).toBe(86_567_656);
  const named = new Map(parameters.map(({ name, publishedNames }) => [name, publishedNames]));
  expect(named.get('vit.layers.3.attention.q_proj.weight')).toEqual([
    'vit.encoder.layer.3.attention.attention.query.weight',
    'encoder.layer.3.attention.attention.query.weight',
    'vit.layers.3.attention.q_proj.weight',
    'layers.3.attention.q_proj.weight',
  ]);
  expect(parameters.find(({ name }) => name === 'classifier.weight')?.fresh).toEqual({ deviation: 0.02 });
});

test.each([
  { num_channels: 1 },
  { image_size: [224, 256] },
  { patch_size: 300 },
  { head_dim: 32 },
  { hidden_size: 100, num_attention_heads: 12 },
  { hidden_act: 'mish' },
])('a ViT with %o is refused', (json) => {
  expect(() => modelFromConfig({ model_type: 'vit', ...json })).toThrow(
    expect.objectContaining({ code: 'config-invalid' }),
  );
});

const countOf = (architecture: string) =>
  modelFromConfig({ architecture }).parameters.reduce(
    (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
    0,
  );

test('ConvNeXt has the parameters of timm’s, blocks counted over all stages, and no other’s arguments', () => {
  // As timm.create_model counts them.
  expect([countOf('convnext_atto'), countOf('convnext_tiny')]).toEqual([3_695_520, 28_589_128]);
  const { parameters, layers } = modelFromConfig({ architecture: 'convnext_atto' });
  expect(layers).toHaveLength(12);
  expect(parameters.find(({ name }) => name === 'stages.2.downsample.1.weight')?.layer).toBe(4);
  expect(parameters.find(({ name }) => name === 'stages.3.blocks.1.gamma')?.layer).toBe(11);
  for (const model_args of [{ use_grn: true }, { conv_mlp: false }, { ls_init_value: null }, { global_pool: 'max' }])
    expect(() => modelFromConfig({ architecture: 'convnext_atto', model_args })).toThrow(
      expect.objectContaining({ code: 'config-invalid' }),
    );
});

test.each([
  ['efficientnet_b0', 5_288_548, 213, 98, 16, '8ccd6d1935df7397'],
  ['efficientnet_b1', 7_794_184, 301, 138, 23, '0f1b6b0c3528a8fe'],
  ['efficientnet_b2', 9_109_994, 301, 138, 23, '3ac342c433ca9de0'],
  ['efficientnet_b3', 12_233_232, 340, 156, 26, '5b5fe09ec810e9d2'],
  ['efficientnet_b4', 19_341_616, 418, 192, 32, '42b5857a85e32c7a'],
])(
  '%s has the names, shapes and order of timm.create_model’s',
  (architecture, numbers, tensors, buffers, blocks, digest) => {
    const model = requireImageModel(modelFromConfig({ architecture }));
    const listed = model.parameters.map(({ name, shape }) => `${name} ${shape}`).join(';');
    expect(countOf(architecture)).toBe(numbers);
    expect(createHash('sha256').update(listed).digest('hex').slice(0, 16)).toBe(digest);
    expect([model.parameters.length, model.buffers.length, model.layers.length]).toEqual([tensors, buffers, blocks]);
  },
);

test('an EfficientNet counts its blocks over all stages, and takes no other’s arguments', () => {
  const { parameters } = modelFromConfig({ architecture: 'efficientnet_b0' });
  const layerOf = (name: string) => parameters.find((parameter) => parameter.name === name)?.layer;
  expect(['conv_stem.weight', 'conv_head.weight', 'classifier.weight'].map(layerOf)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(['blocks.0.0.bn2.weight', 'blocks.3.2.se.conv_reduce.bias', 'blocks.6.0.bn3.bias'].map(layerOf)).toEqual([
    0, 7, 15,
  ]);
  for (const model_args of [{ pad_type: 'same' }, { act_layer: 'relu' }, { bn_eps: 1e-3 }, { depth_multiplier: 11 }])
    expect(() => modelFromConfig({ architecture: 'efficientnet_b0', model_args })).toThrow(
      expect.objectContaining({ code: 'config-invalid' }),
    );
  expect(() => modelFromConfig({ architecture: 'tf_efficientnet_b0' })).toThrow(
    expect.objectContaining({ code: 'model-type-unsupported' }),
  );
});
