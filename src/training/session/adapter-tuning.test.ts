import { describe, expect, it } from 'vitest';
import { directoryFiles } from '../../files/directory.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { type PeftAdapter, peftFiles } from '../../files/peft.ts';
import { modelFromConfig } from '../../models/registry.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { adapterFor, adapterHead, requireSameParameters } from './adapter-tuning.ts';

const model = modelFromConfig({
  ...{ model_type: 'llama', vocab_size: 16, hidden_size: 8, intermediate_size: 12, num_hidden_layers: 2 },
  ...{ num_attention_heads: 2, num_key_value_heads: 1, max_position_embeddings: 32 },
});

/** An adapter of zeros for settings, as PEFT would save it; `config` and `tensors` may be changed. */
function adapter(
  settings: object,
  changes: { config?: object; tensors?: Record<string, readonly number[] | null> } = {},
): PeftAdapter {
  const { adapter: made } = resolveTuning(model, { method: 'lora', ...settings });
  const shapes = new Map<string, readonly number[]>(made!.parameters.map(({ name, shape }) => [name, shape]));
  for (const [name, shape] of Object.entries(changes.tensors ?? {}))
    shape === null ? shapes.delete(name) : shapes.set(name, shape);
  const zeros = [...shapes].map(([name, shape]) => {
    return [name, { shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) }] as const;
  });
  return { config: { ...made!.peftConfig, ...changes.config }, tensors: new Map(zeros) };
}

const lora = { lora_r: 2, lora_alpha: 4, lora_target_modules: ['q_proj'] };
const a = 'model.layers.0.self_attn.q_proj.lora_A.weight';

describe("an adapter's config and tensors", () => {
  it.each([
    ['unequal ranks', { ...lora, lora_target_modules: 'all-linear', rank_pattern: { 'layers.1.*': 3 } }],
    ['alphas by module, rsLoRA', { ...lora, alpha_pattern: { q_proj: 9 }, use_rslora: true }],
    ['one layer of two', { ...lora, layers_to_transform: [1] }],
  ])('mean the same when they are read again: %s', (_, settings) => {
    const written = adapter(settings);
    const read = adapterFor(model, written).tuning.adapter;
    expect(read.peftConfig).toEqual(written.config);
    expect([...read.modules]).toEqual([...resolveTuning(model, { method: 'lora', ...settings }).adapter!.modules]);
  });

  it('name a kind of module only where all of that kind are adapted', () => {
    const chosen = { ...lora, lora_target_modules: ['q_proj', 'layers.1.self_attn.v_proj'] };
    expect(adapter(chosen).config.target_modules).toEqual(['model.layers.1.self_attn.v_proj', 'q_proj']);
  });

  it('are enough with the few keys that PEFT itself needs', () => {
    const few = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['q_proj'] };
    const { tuning, baseModel } = adapterFor(model, { ...adapter(lora), config: few });
    expect(tuning.adapter.modules.size).toBe(2);
    expect(baseModel).toBeNull();
  });

  it('adapt a tied head with its table only where they hold its matrices: PEFT ties GPT-2 by no name of the table', () => {
    const gpt2 = { model_type: 'gpt2', vocab_size: 16, n_embd: 8, n_layer: 1, n_head: 2, n_positions: 32 };
    const tied = modelFromConfig({ ...gpt2, tie_word_embeddings: true });
    const config = { peft_type: 'LORA', r: 2, target_modules: ['wte'], ensure_weight_tying: true };
    const shapes = { 'transformer.wte.lora_embedding_A': [2, 16], 'transformer.wte.lora_embedding_B': [8, 2] };
    const tensors = new Map(
      Object.entries(shapes).map(([name, shape]) => [name, { shape, data: new Float32Array(shape[0]! * shape[1]!) }]),
    );
    expect([...adapterFor(tied, { config, tensors }).tuning.adapter.modules]).toEqual(['transformer.wte']);
  });

  it('may bring base parameters that were trained whole', () => {
    const { tuning, values } = adapterFor(model, adapter(lora, { tensors: { 'lm_head.weight': [16, 8] } }));
    expect([...tuning.trained.keys()]).toEqual(['lm_head.weight']);
    expect(values.get('lm_head.weight')?.length).toBe(128);
  });
});

describe('an adapter that does not fit is refused with its reason', () => {
  it.each<[string, Parameters<typeof adapter>[1], string]>([
    ['another rank', { config: { r: 3 } }, 'here it would be [3,8]'],
    ['an untargeted module', { config: { target_modules: ['v_proj'] } }, 'has no tensor'],
    ['an untargeted layer', { config: { layers_to_transform: [1] } }, 'layers.0.self_attn.q_proj.lora_A'],
    ['an excluded module', { config: { exclude_modules: ['layers.0.self_attn.q_proj'] } }, 'layers.0.self_attn'],
    ['no module', { config: { target_modules: ['c_attn'] } }, 'c_attn'],
    ['a bad pattern', { config: { target_modules: '(q_proj' } }, 'regular expression'],
    ['a pattern without a number', { config: { rank_pattern: { q_proj: 'x' } } }, 'rank_pattern'],
    ['a missing tensor', { tensors: { [a]: null } }, a],
    ['a tensor of another size', { tensors: { [a]: [2, 9] } }, '[2,9]'],
    ['a saved module of another size', { tensors: { 'lm_head.weight': [16, 9] } }, '[16,9]'],
    ['a tensor that nobody knows', { tensors: { 'model.layers.0.self_attn.q_proj.lora_C': [1] } }, 'lora_C'],
  ])('%s', (_, changes, reason) => {
    const refused = { code: 'adapter-invalid', message: expect.stringContaining(reason) };
    expect(() => adapterFor(model, adapter(lora, changes))).toThrow(expect.objectContaining(refused));
  });

  it('where it lacks the projection that it was trained with, and says how it can be had', () => {
    const { adapter: made } = resolveTuning(model, { method: 'vera', lora_target_modules: ['q_proj'] });
    const learned = made!.parameters.filter(({ frozen }) => !frozen);
    const tensors = new Map(learned.map(({ name, shape }) => [name, { shape, data: new Float32Array(shape[0]!) }]));
    const refused = { code: 'adapter-without-projection', message: expect.stringContaining('merge_and_unload') };
    const config = { ...made!.peftConfig, save_projection: false };
    expect(() => adapterFor(model, { config, tensors })).toThrow(expect.objectContaining(refused));
  });

  it('where it adapts what is a part of the head here', () => {
    const deberta = { model_type: 'deberta-v2', vocab_size: 16, hidden_size: 8, intermediate_size: 12 };
    const sizes = { num_hidden_layers: 1, num_attention_heads: 2, max_position_embeddings: 32, num_labels: 2 };
    const classifier = modelFromConfig({
      ...{ ...deberta, ...sizes, relative_attention: true, position_buckets: 4, norm_rel_ebd: 'layer_norm' },
      ...{ share_att_key: true, pos_att_type: 'p2c|c2p', position_biased_input: false, type_vocab_size: 0 },
      architectures: ['DebertaV2ForSequenceClassification'],
    });
    const { adapter: made } = resolveTuning(classifier, {
      ...lora,
      method: 'lora',
      lora_target_modules: ['query_proj'],
    });
    const names = [...made!.parameters, { name: 'pooler.dense.lora_A.weight', shape: [2, 8] }];
    const tensors = new Map(names.map(({ name, shape }) => [name, { shape, data: new Float32Array(16) }]));
    expect(() => adapterFor(classifier, { config: made!.peftConfig, tensors })).toThrow(
      'pooler.dense, a part of the head',
    );
  });

  it.each<[string, object, string]>([
    ['another method', { peft_type: 'LOHA' }, 'the method LOHA'],
    ['an extension', { use_qalora: true }, 'use_qalora'],
    ['DoRA on a table', { use_dora: true, target_modules: ['embed_tokens'] }, 'use_dora = model.embed_tokens'],
  ])('and with what PEFT can make of it, where it is of a kind that is not known here: %s', (_, config, what) => {
    const merge = expect.stringMatching(new RegExp(`uses ${what}.*merge_and_unload`));
    const refused = { code: 'adapter-unsupported', message: merge };
    expect(() => adapterFor(model, adapter(lora, { config }))).toThrow(expect.objectContaining(refused));
  });

  it.each([
    ['another activation', { non_linearity: 'gelu' }, 'gelu'],
    ['a learned scale', { scaling: 'learned' }, 'learned'],
    ['a norm of its own', { ln_after: true }, 'ln_after'],
    ['layers left out', { leave_out: [1] }, 'leave_out'],
  ])('a bottleneck with %s', (_, changes, reason) => {
    const { adapter: made } = resolveTuning(model, { method: 'series-adapter', reduction_factor: 4 });
    const config = { ...made!.peftConfig, config: { ...(made!.peftConfig.config as object), ...changes } };
    expect(() => adapterFor(model, { config, tensors: new Map() })).toThrow(reason);
  });

  it('to P-tuning, whose encoder PEFT does not save', () => {
    const settings = { method: 'p-tuning', num_virtual_tokens: 2 };
    const saved = { shape: [2, 8], data: new Float32Array(16) };
    const given = adapterFor(model, {
      config: { peft_type: 'P_TUNING', num_virtual_tokens: 2 },
      tensors: new Map([['prompt_embeddings', saved]]),
    });
    expect(given.tuning.adapter.title).toBe('Prompt tuning');
    expect(() => requireSameParameters(resolveTuning(model, settings), given)).toThrow('encoder');
    const prompt = resolveTuning(model, { ...settings, method: 'prompt' });
    expect(() => requireSameParameters(prompt, given)).not.toThrow();
  });

  it('to a run that trains something else', () => {
    const given = adapterFor(model, adapter(lora));
    const require = (settings: object) => () =>
      requireSameParameters(resolveTuning(model, { method: 'lora', ...lora, ...settings }), given);
    expect(require({})).not.toThrow();
    expect(require({ lora_r: 4 })).toThrow('[2,8] in the adapter and [4,8] in the run');
    expect(require({ lora_target_modules: ['q_proj', 'v_proj'] })).toThrow('lacks');
    expect(require({ layers_to_transform: [0] })).toThrow('does not train');
    const beside = adapterFor(model, adapter(lora, { tensors: { 'lm_head.weight': [16, 8] } }));
    const alone = resolveTuning(model, { method: 'lora', ...lora });
    expect(() => requireSameParameters(alone, beside)).toThrow('has lm_head.weight, which the run does not train');
    expect(require({ lora_alpha: 5 })).toThrow('lora_alpha is');
    expect(require({ use_rslora: true })).toThrow('use_rslora is false in the adapter and true in the run');
  });
});

describe('what the outputs of an adapter are called', () => {
  const named = (...names: string[]) => ({ id2label: Object.fromEntries(names.map((name, index) => [index, name])) });
  const classes = 'single_label_classification';

  /** The head of an adapter of PEFT with three outputs, beside which `own` may lie, over a base whose config says `base`. */
  async function head(base: object, own?: object, task = 'SEQ_CLS') {
    const tensors = new Map([['score.weight', { shape: [3, 8], data: new Float32Array(24) }]]);
    const folder = memoryDirectory();
    for (const { path, parts } of peftFiles({ peft_type: 'LORA', task_type: task }, tensors))
      await folder.write(path, parts);
    const json = (value: object) => [new TextEncoder().encode(JSON.stringify(value))];
    if (own) await folder.write('labels.json', json(own));
    const published = memoryDirectory();
    await published.write('config.json', json(base));
    return adapterHead(directoryFiles(folder, 'download'), directoryFiles(published, 'download'));
  }

  it.each<[string, object, object | undefined, string, string[]]>([
    ['as their base says', named('neg', 'neutral', 'pos'), undefined, classes, ['neg', 'neutral', 'pos']],
    ['as the run says', named('neg', 'neutral', 'pos'), named('a', 'b', 'c'), classes, ['a', 'b', 'c']],
    ['as the base says, where the run names others', named('x', 'y', 'z'), named('a', 'b'), classes, ['x', 'y', 'z']],
    ['nothing, where the base has another number of them', named('no', 'yes'), undefined, classes, []],
    [
      'as a base says whose labels hold together',
      { ...named('x', 'y', 'z'), problem_type: 'multi_label_classification' },
      undefined,
      'multi_label_classification',
      ['x', 'y', 'z'],
    ],
    [
      'as a base says that looks at tokens itself',
      { ...named('x', 'y', 'z'), architectures: ['BertForTokenClassification'] },
      undefined,
      classes,
      ['x', 'y', 'z'],
    ],
  ])('%s', async (_, base, own, problem, names) => {
    expect(await head(base, own)).toEqual({ outputs: 3, problem, names });
  });

  it('of labels of tokens as their base says', async () => {
    const tokens = { outputs: 3, problem: 'token_classification', names: ['O', 'B', 'I'] };
    expect(await head(named('O', 'B', 'I'), undefined, 'TOKEN_CLS')).toEqual(tokens);
  });
});
