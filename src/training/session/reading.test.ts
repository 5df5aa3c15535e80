/** What transformers and PEFT make of weights and adapters that say something else than their config. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { wholeModel } from '../../exports/whole-model.ts';
import { blobFiles } from '../../files/blob-files.ts';
import { openSafetensors } from '../../files/safetensors.ts';
import { writeSafetensors } from '../../files/safetensors-write.ts';
import type { ModelFiles } from '../../files/source.ts';
import { createGenerator } from '../../generation/decode.ts';
import { modelLogits } from '../../generation/logits.ts';
import type { GenerationSettings } from '../../generation/request.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { trainedFiles, written } from '../../testing/written.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { defaultRunConfig } from '../config/run-config.ts';
import { openAdapter } from './adapter-tuning.ts';
import { continueAdapter } from './continue-adapter.ts';
import { createModelSession, type ModelSession, type ModelSessionOptions } from './model-session.ts';
import { openModel } from './open-model.ts';

/** Made by interop/golden_reading.py. */
const golden = new URL('./golden/reading/', import.meta.url);
const { ids, logits } = JSON.parse(readFileSync(new URL('expected.json', golden), 'utf8')) as {
  ids: number[];
  logits: Record<string, number[]>;
};

type Files = Record<string, Uint8Array<ArrayBuffer> | string>;
const read = (path: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(new URL(path, golden)));
const folder = (name: string): Files =>
  Object.fromEntries(readdirSync(new URL(`${name}/`, golden)).map((file) => [file, read(`${name}/${file}`)]));
const filesOf = (files: Files): ModelFiles =>
  blobFiles(new Map(Object.entries(files).map(([path, bytes]) => [path, new Blob([bytes])])));
const configOf = (files: Files) => JSON.parse(new TextDecoder().decode(files['config.json'] as Uint8Array));

const logitsOf = (options: Omit<ModelSessionOptions, 'executor'>): Promise<Float32Array> =>
  modelLogits(createModelSession({ executor: referenceExecutor(), ...options }), ids);

/** The largest difference over the largest logit of PyTorch, which computes in f32. */
function error(actual: Float32Array, name: string): number {
  const expected = logits[name]!;
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, index) => Math.abs(value - actual[index]!))) / largest;
}

/** The same model with its tensors under other names, and with others beside them. */
const renamed = (model: Files, rename: (name: string) => string, others?: string[]) =>
  withNames(model, 'model.safetensors', rename, others);
/** The same of an adapter. */
const rekeyed = (adapter: Files, rename: (key: string) => string, others?: string[]) =>
  withNames(adapter, 'adapter_model.safetensors', rename, others);

async function withNames(
  files: Files,
  path: string,
  rename: (name: string) => string,
  others: string[] = [],
): Promise<Files> {
  const weights = await openSafetensors(filesOf(files), path);
  const tensors = await Promise.all(
    [...weights.tensors].map(async ([name, { shape }]) => {
      return { name: rename(name), dtype: 'F32' as const, shape, data: await weights.readFloats(name) };
    }),
  );
  const more = others.map((name) => ({ name, dtype: 'F32' as const, shape: [1], data: new Float32Array(1) }));
  return { ...files, [path]: writeSafetensors([...tensors, ...more]) };
}

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
    ['bitsandbytes', { quant_method: 'bitsandbytes' }, [`${layer}.weight.absmax`], 'bitsandbytes'],
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

/** The PEFT adapter of a folder over a base, both opened. */
async function opened(base: string, adapter: Files) {
  const open = await openModel(filesOf(folder(base)));
  return { open, ...(await openAdapter(open, filesOf(adapter))) };
}

describe('an adapter that changed the base', () => {
  const greedy: GenerationSettings = {
    doSample: false,
    temperature: 1,
    topK: 0,
    topP: 1,
    repetitionPenalty: 1,
    minNewTokens: 8,
    maxNewTokens: 8,
    maxSeconds: 0,
    stopSequences: [],
    seed: 1,
  };
  const answer = async (session: ModelSession, side: 'base' | 'tuned') =>
    (await createGenerator(session, { side, capacity: 32, endIds: new Set() }).generate(ids, greedy)).ids;

  /**
   * PEFT decomposes in f32: where two singular values lie close, what it takes out of a weight is off by up to 9e-6 of the
   * largest one. Over a base of 16 bits a few weights are rounded the other way for it.
   */
  it.each([
    ['pissa', 'llama'],
    ['pissa-patterns', 'llama'],
    ['pissa-dora', 'llama'],
    ['pissa-embedding', 'llama'],
    ['pissa-conv1d', 'gpt2'],
    ['pissa-high', 'llama'],
    ['pissa-bf16', 'llama-bf16'],
    ['olora', 'llama'],
    ['olora-high', 'llama'],
    ['olora-bf16', 'llama-bf16'],
  ])("gives PEFT's logits, beside the published base, merged and continued: %s", async (name, base) => {
    const halved = base.endsWith('bf16');
    const tolerance = halved ? 3e-4 : 2e-5;
    const { open, tuning, values } = await opened(base, folder(name));
    const session = createModelSession({ executor: referenceExecutor(), open, tuning, values });
    const tuned = await modelLogits(session, ids);
    expect(error(tuned, name)).toBeLessThan(tolerance);

    const untouched = createModelSession({ executor: referenceExecutor(), open, tuning: null });
    expect(error(await modelLogits(untouched, ids), base)).toBeLessThan(2e-6);
    expect(await answer(session, 'base')).toEqual(await answer(untouched, 'base'));

    const whole = await openModel(await written(await wholeModel(open, tuning, async (key) => values.get(key)!)));
    const merged = await logitsOf({ open: whole, tuning: null });
    expect(error(merged, `${name}-merged`)).toBeLessThan(halved ? 2e-2 : tolerance);

    const { tuning: settings } = await continueAdapter(open, filesOf(folder(name)), defaultRunConfig, 'before');
    const again = { open, tuning: resolveTuning(open.model, settings), values };
    const going = createModelSession({ executor: referenceExecutor(), ...again });
    expect(await modelLogits(going, ids)).toEqual(tuned);
    const files = await trainedFiles(going, base);
    const { init_lora_weights: init } = JSON.parse(await files.text('adapter_config.json'));
    expect(init).toBe(name.split('-')[0]);
    expect(await logitsOf({ open, ...(await openAdapter(open, files)) })).toEqual(tuned);
  });

  it('is kept in fewer bits only where it left the base alone', async () => {
    const { open, tuning, values } = await opened('llama', folder('pissa'));
    const kept = createModelSession({ executor: referenceExecutor(), open, tuning, values, weights: 'int8' });
    expect(kept.dtypes('model.layers.0.self_attn.q_proj.weight')).toBe('f32');
    expect(kept.dtypes('model.layers.0.self_attn.k_proj.weight')).toBe('int8');
    expect(error(await modelLogits(kept, ids), 'pissa')).toBeLessThan(0.05);
  });

  const withInit = (init: unknown) => {
    const files = folder('pissa');
    const config = JSON.parse(new TextDecoder().decode(files['adapter_config.json'] as Uint8Array));
    return { ...files, 'adapter_config.json': JSON.stringify({ ...config, init_lora_weights: init }) };
  };

  it.each(['pissa_niter_4', 'corda', 'loftq', 'lora_ga', 'something_new'])(
    'in a way that cannot be repeated is refused with the way out: %s',
    async (init) => {
      await expect(opened('llama', withInit(init))).rejects.toMatchObject({
        code: 'adapter-changes-base',
        message: expect.stringContaining('path_initial_model_for_weight_conversion'),
      });
    },
  );

  it.each([true, false, null, 'gaussian', 'eva', 'orthogonal', 'mica'])(
    'did not where it began as %s',
    async (init) => {
      const { tuning } = await opened('llama', withInit(init));
      expect(tuning.adapter.residuals).toBeUndefined();
    },
  );

  it('cannot be begun here', async () => {
    const { open } = await opened('llama', folder('pissa'));
    const tuning = resolveTuning(open.model, { method: 'lora', init_lora_weights: 'pissa' });
    await expect(logitsOf({ open, tuning })).rejects.toMatchObject({ code: 'run-config-invalid' });
  });
});

describe('an adapter over a tied head', () => {
  it('that brings the published table for the head is read without it', async () => {
    const { open, tuning, values } = await opened('gpt2', folder('tied-head-equal'));
    expect(tuning.trained.size).toBe(0);
    expect(error(await logitsOf({ open, tuning, values }), 'tied-head-equal')).toBeLessThan(3e-6);
  });

  it('that brings another has it for the head alone, as what PEFT merges of it', async () => {
    const { open, tuning, values } = await opened('gpt2', folder('tied-head-trained'));
    expect(tuning.tiedHead).toBe('own');
    expect(error(await logitsOf({ open, tuning, values }), 'tied-head-trained')).toBeLessThan(3e-6);
    const merged = await openModel(filesOf(folder('tied-head-merged')));
    expect(error(await logitsOf({ open: merged, tuning: null }), 'tied-head-merged')).toBeLessThan(3e-6);
  });
});

it.each(['resized-saved', 'resized-embedding'])(
  'an adapter of a larger vocabulary is refused with both sizes: %s',
  async (name) => {
    await expect(opened('llama', folder(name))).rejects.toMatchObject({
      code: 'adapter-vocabulary',
      params: { found: 24, expected: 20, tensor: expect.stringContaining('embed_tokens') },
    });
  },
);

describe('keys of an adapter', () => {
  const under = (rename: (key: string) => string, others: string[] = []) => rekeyed(folder('pissa'), rename, others);

  it.each<[string, (key: string) => string]>([
    ["the adapter's name, as in a state dict", (key) => key.replace(/lora_[AB]/, '$&.default')],
    ['another name of the adapter', (key) => key.replace(/lora_[AB]/, '$&.my_adapter')],
    ['DistributedDataParallel', (key) => `module.${key}`],
    ['torch.compile', (key) => `_orig_mod.${key}`],
    ['a model wrapped twice', (key) => `base_model.model.${key}`],
    ['no prefix', (key) => key.replace('base_model.model.', '')],
  ])('are read with %s', async (_, rename) => {
    const { open, tuning, values } = await opened('llama', await under(rename));
    expect(error(await logitsOf({ open, tuning, values }), 'pissa')).toBeLessThan(2e-5);
  });

  it.each<[string, (key: string) => string, string[], string]>([
    [
      'two adapters',
      (key) => key.replace(/lora_[AB]/, '$&.one'),
      ['base_model.model.lm_head.lora_A.two.weight'],
      'one, two',
    ],
    [
      'one tensor twice',
      (key) => key,
      ['module.base_model.model.model.layers.0.mlp.down_proj.lora_A.weight'],
      'one tensor',
    ],
    [
      'another program',
      (key) =>
        key
          .replace(/.*layers/, 'lora_te')
          .replace(/\.(?=.*\.)/g, '_')
          .replace('lora_A', 'down'),
      [],
      'lora_te',
    ],
    ['another model', (key) => key.replace('model.layers', 'transformer.h'), [], 'transformer.h.0'],
  ])('that are of %s are told', async (_, rename, others, words) => {
    await expect(opened('llama', await under(rename, others))).rejects.toMatchObject({
      code: 'adapter-invalid',
      message: expect.stringContaining(words),
    });
  });
});
