/** What PEFT makes of adapters that say something else than their config. */

import { describe, expect, it } from 'vitest';
import { factsOfTuned, requireTarget, trainedPart } from '../../exports/targets.ts';
import { wholeModel } from '../../exports/whole-model.ts';
import { readPeft } from '../../files/peft.ts';
import { createGenerator } from '../../generation/decode.ts';
import { modelLogits } from '../../generation/logits.ts';
import type { GenerationSettings } from '../../generation/request.ts';
import { error, type Files, filesOf, folder, ids, logitsOf, rekeyed } from '../../testing/golden-reading.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { trainedFiles, written } from '../../testing/written.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { defaultRunConfig } from '../config/run-config.ts';
import { openAdapter } from './adapter-tuning.ts';
import { continueAdapter } from './continue-adapter.ts';
import { createModelSession, type ModelSession } from './model-session.ts';
import { openModel } from './open-model.ts';

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

  it('that brings another is written again with it, as PEFT wrote it', async () => {
    const { open, tuning, values } = await opened('gpt2', folder('tied-head-trained'));
    const files = await trainedPart({ base: open, baseName: null, tuning }, async (name) => values.get(name)!);
    const before = await readPeft(filesOf(folder('tied-head-trained')));
    const again = await readPeft(await written(files));
    expect(again.config.modules_to_save).toEqual(['lm_head']);
    expect(new Map([...again.tensors].sort())).toEqual(new Map([...before.tensors].sort()));
  });

  it.each([
    ['mlx', 'weights of the base were trained beside it', '--to merged'],
    ['gguf-lora', 'lm_head.weight was trained beside the matrices', '--to gguf-q8'],
    ['lora', 'LoRA already', '--to peft'],
  ] as const)('that brings another is refused where it has no place: %s', async (name, reason, instead) => {
    const { open, tuning } = await opened('gpt2', folder('tied-head-trained'));
    const refused = () => requireTarget(name, factsOfTuned({ base: open, tuning }));
    expect(refused).toThrow(reason);
    expect(refused).toThrow(instead);
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
