/** What transformers makes of weights that say something else than their config. */

import { describe, expect, it } from 'vitest';
import { wholeModel } from '../../exports/whole-model.ts';
import { openSafetensors } from '../../files/safetensors.ts';
import { writeSafetensors } from '../../files/safetensors-write.ts';
import { configOf, error, filesOf, folder, logitsOf, renamed } from '../../testing/golden-reading.ts';
import { written } from '../../testing/written.ts';
import { openModel } from './open-model.ts';

describe('a model whose config ties the head', () => {
  it.each(['llama-two-tables', 'gpt2-two-tables', 'gpt_neox-two-tables'])(
    'has a head of its own where the file brings another table: %s',
    async (name) => {
      const open = await openModel(filesOf(folder(name)));
      expect(open.model.parameters.some(({ name: parameter }) => parameter === open.model.headParameter)).toBe(true);
      expect(error(await logitsOf({ open, tuning: null }), name)).toBeLessThan(2e-6);
      const whole = await written(await wholeModel(open, { trained: new Map(), adapterParameters: [] }, never));
      expect(JSON.parse(await whole.text('config.json')).tie_word_embeddings).toBe(false);
      const again = await openModel(whole);
      expect(error(await logitsOf({ open: again, tuning: null }), name)).toBeLessThan(2e-6);
    },
  );

  it('stays tied where the file brings the same table twice, in one shard or in two', async () => {
    const model = folder('gpt2');
    const published = await openSafetensors(filesOf(model), 'model.safetensors');
    const shape = [20, 16];
    const table = await published.readFloats('transformer.wte.weight');
    const head = writeSafetensors([{ name: 'lm_head.weight', dtype: 'F32', shape, data: table }]);
    const [first, second] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    const { 'model.safetensors': weights, ...rest } = model;
    const open = await openModel(filesOf({ ...rest, [first!]: weights!, [second!]: head }));
    expect(open.model.headParameter).toBe('transformer.wte.weight');
    expect(error(await logitsOf({ open, tuning: null }), 'gpt2')).toBeLessThan(2e-6);
  });

  it('has no head to read where it is not tied and the file lacks it', async () => {
    const model = folder('gpt2');
    const config = JSON.stringify({ ...configOf(model), tie_word_embeddings: false });
    await expect(openModel(filesOf({ ...model, 'config.json': config }))).rejects.toMatchObject({
      code: 'head-missing',
      params: { tensor: 'lm_head.weight', embedding: 'transformer.wte.weight' },
    });
    const embedder = { ...model, 'config.json': config, 'modules.json': '[]' };
    await expect(openModel(filesOf(embedder))).rejects.toMatchObject({
      code: 'decoder-embeds',
      params: { modelType: 'gpt2' },
    });
  });
});

const never = async (): Promise<Float32Array<ArrayBuffer>> => {
  throw new Error('nothing is trained');
};

describe('names of tensors', () => {
  const wrapped: readonly [string, (name: string) => string][] = [
    ['DistributedDataParallel', (name) => `module.${name}`],
    ['torch.compile', (name) => `_orig_mod.${name}`],
    ['both', (name) => `module._orig_mod.${name}`],
    [
      'FSDP',
      (name) =>
        name
          .replace('layers.', '_fsdp_wrapped_module.layers.')
          .replace('self_attn', '_checkpoint_wrapped_module.self_attn'),
    ],
    ['a training program', (name) => `model.${name}`],
    ['PEFT, which was emptied', (name) => `base_model.model.${name}`],
    ['a model of texts and images', (name) => name.replace('model.', 'model.language_model.')],
    ['a bare model', (name) => name.replace('model.', '')],
  ];

  it.each(wrapped)('are read without what %s puts before them', async (_, rename) => {
    const open = await openModel(filesOf(await renamed(folder('llama'), rename)));
    expect(error(await logitsOf({ open, tuning: null }), 'llama')).toBeLessThan(2e-6);
    const whole = await written(await wholeModel(open, { trained: new Map(), adapterParameters: [] }, never));
    const again = await openSafetensors(whole, 'model.safetensors');
    expect([...again.tensors.keys()].filter((name) => name.includes('module') || name.startsWith('base_'))).toEqual([]);
  });

  it.each<[string, (name: string) => string, string[], string, string]>([
    ['nothing of the model', (name) => name.replace(/\./g, '/'), [], 'tensors-named-otherwise', 'lm_head/weight'],
    [
      'two models',
      (name) => `student.${name}`,
      ['teacher.model.embed_tokens.weight'],
      'tensors-named-otherwise',
      'teacher.…',
    ],
    [
      'one name in two ways',
      (name) => name,
      ['module.model.norm.weight'],
      'tensors-named-otherwise',
      'module.model.norm.weight',
    ],
    [
      'an adapter',
      (name) => name.replace('q_proj.weight', 'q_proj.base_layer.weight'),
      [],
      'checkpoint-holds-adapter',
      'base_layer',
    ],
    [
      'all but one',
      (name) => name.replace('layers.1.mlp.up_proj', 'layers.9.mlp.up_proj'),
      [],
      'tensor-missing',
      'layers.1.mlp.up_proj',
    ],
  ])('that hold %s are told', async (_, rename, others, code, words) => {
    const model = await renamed(folder('llama'), rename, others);
    await expect(openModel(filesOf(model))).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
  });
});

describe('a quantization_config', () => {
  const left = (settings: object) => {
    const model = folder('llama');
    return { ...model, 'config.json': JSON.stringify({ ...configOf(model), quantization_config: settings }) };
  };

  it('that float weights have left behind counts for nothing, and leaves the merged model', async () => {
    const open = await openModel(filesOf(left({ quant_method: 'bitsandbytes', load_in_4bit: true })));
    expect(error(await logitsOf({ open, tuning: null }), 'llama')).toBeLessThan(2e-6);
    const whole = await written(await wholeModel(open, { trained: new Map(), adapterParameters: [] }, never));
    expect(JSON.parse(await whole.text('config.json')).quantization_config).toBeUndefined();
  });

  const layer = 'model.layers.0.self_attn.q_proj';
  it.each<[string, object, string[], string]>([
    ['bitsandbytes without its state', { quant_method: 'bitsandbytes' }, [`${layer}.weight.absmax`], 'bitsandbytes'],
    ['AWQ', { quant_method: 'awq' }, [`${layer}.qzeros`], 'awq'],
    ['compressed-tensors', {}, [`${layer}.weight_packed`], 'compressed-tensors'],
    ['GPTQ', { quant_method: 'gptq', bits: 4 }, [`${layer}.qweight`], 'gptq'],
    ['FP8 without a config', {}, [`${layer}.weight_scale_inv`], 'FP8'],
    ['HQQ', { quant_method: 'hqq' }, [`${layer}.W_q`], 'hqq'],
  ])('of %s is refused by its name', async (_, settings, others, scheme) => {
    const model = await renamed(left(settings), (name) => name, others);
    await expect(openModel(filesOf(model))).rejects.toMatchObject({
      code: 'weights-quantised',
      params: { scheme: expect.stringContaining(scheme), tensor: expect.stringContaining(layer) },
    });
  });

  it('is not needed to tell codes from numbers', async () => {
    const weights = folder('llama')['model.safetensors'] as Uint8Array<ArrayBuffer>;
    const header = new TextDecoder().decode(
      weights.subarray(8, 8 + Number(new DataView(weights.buffer).getBigUint64(0, true))),
    );
    const coded = weights.slice();
    coded.set(
      new TextEncoder().encode(header.replace(/"dtype":"F32","shape":\[16,16\]/, '"dtype":"I32","shape":[16,16]')),
      8,
    );
    await expect(openModel(filesOf({ ...folder('llama'), 'model.safetensors': coded }))).rejects.toMatchObject({
      code: 'weights-quantised',
      params: { scheme: 'I32' },
    });
  });
});
