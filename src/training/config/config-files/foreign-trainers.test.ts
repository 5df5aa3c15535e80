import { describe, expect, test } from 'vitest';
import defaults from './golden/defaults.json' with { type: 'json' };
import { readConfigText } from './read.ts';

const read = async (file: unknown) => {
  const found = await readConfigText(typeof file === 'string' ? file : JSON.stringify(file), 'settings');
  const left = Object.fromEntries(found.notes.flatMap(({ key, reason }) => (reason ? [[key, reason]] : [])));
  return { ...found, left };
};

describe('axolotl', () => {
  const yaml = `base_model: NousResearch/Llama-3.2-1B
datasets:
  - path: teknium/GPT4-LLM-Cleaned
    type: alpaca
adapter: lora
lora_r: 16
micro_batch_size: 2
num_epochs: 1
learning_rate: 0.0002
`;

  test('is known by its keys, and taken over with its own defaults', async () => {
    const { format, config, left } = await read(yaml);
    expect(format).toBe('axolotl');
    expect(config.model.llm_backbone).toBe('NousResearch/Llama-3.2-1B');
    expect(config.dataset).toMatchObject({
      prompt_template: 'alpaca',
      prompt_column: ['instruction', 'input'],
      answer_column: 'output',
      validation_strategy: 'none',
      mask_prompt_labels: true,
    });
    expect(config.tokenizer.max_length).toBe(defaults.axolotl.sequence_len);
    expect(config.tuning).toMatchObject({ method: 'lora', lora_r: 16, lora_dropout: 0 });
    expect(config.training).toMatchObject({
      batch_size: 2,
      epochs: 1,
      learning_rate: 2e-4,
      schedule: 'Cosine',
      warmup_ratio: 0.03,
      gradient_clip: 1,
    });
    expect(config.environment.seed).toBe(42);
    expect(left).toEqual({
      datasets: { effect: 'data-not-here' },
      excess_length_strategy: { effect: 'long-rows' },
    });
  });

  test('conversations of a file, QLoRA on all linear layers, packing and a share for validation', async () => {
    const { config } = await read(`base_model: ./model
datasets: [{path: chats.jsonl, ds_type: json, type: chat_template, field_messages: turns}]
chat_template: tokenizer_default
adapter: qlora
load_in_4bit: true
lora_target_linear: true
lora_r: 8
lora_alpha: 32
sample_packing: true
val_set_size: 0.05
warmup_steps: 10
evals_per_epoch: 4
optimizer: paged_adamw_8bit
lr_scheduler: constant_with_warmup
learning_rate: 1e-4
unfrozen_parameters: []
`);
    expect(config.model.weights).toBe('nf4');
    expect(config.dataset).toMatchObject({
      train_dataframe: 'chats.jsonl',
      messages_column: 'turns',
      prompt_template: 'chat',
      validation_strategy: 'automatic',
      validation_size: 0.05,
    });
    expect(config.tokenizer.packing).toBe(true);
    expect(config.tuning).toMatchObject({ method: 'lora', lora_target_modules: 'all-linear', lora_alpha: 32 });
    expect(config.training).toMatchObject({
      optimizer: 'AdamW8bit',
      schedule: 'Constant',
      warmup_steps: 10,
      warmup_ratio: 0,
      evaluation_epochs: 0.25,
    });
  });
});

describe('LLaMA-Factory', () => {
  const yaml = `model_name_or_path: meta-llama/Meta-Llama-3-8B-Instruct
stage: sft
do_train: true
finetuning_type: lora
lora_rank: 16
lora_target: q_proj,v_proj
dataset: identity,alpaca_en_demo
template: llama3
cutoff_len: 1024
max_samples: 1000
overwrite_cache: true
per_device_train_batch_size: 1
gradient_accumulation_steps: 8
learning_rate: 1.0e-4
num_train_epochs: 3.0
lr_scheduler_type: cosine
warmup_ratio: 0.1
bf16: true
val_size: 0.1
`;

  test('is known by its keys, and taken over with its own defaults', async () => {
    const { format, config, left } = await read(yaml);
    expect(format).toBe('llama-factory');
    expect(config.tuning).toMatchObject({
      method: 'lora',
      lora_r: 16,
      // Twice the rank, where it is not given.
      lora_alpha: 32,
      lora_dropout: defaults['LLaMA-Factory LoRA'].lora_dropout,
      lora_target_modules: ['q_proj', 'v_proj'],
    });
    expect(config.training).toMatchObject({ batch_size: 1, grad_accumulation: 8, warmup_ratio: 0.1, gradient_clip: 1 });
    expect(config.tokenizer.max_length).toBe(1024);
    expect(config.dataset).toMatchObject({
      prompt_column: ['instruction', 'input'],
      prompt_column_separator: '\n',
      prompt_template: 'chat',
      validation_size: 0.1,
    });
    expect(left).toMatchObject({
      dataset: { effect: 'data-not-here' },
      template: { effect: 'template' },
      max_samples: { effect: 'rows-chosen' },
      overwrite_cache: 'elsewhere',
    });
  });

  test('layers, templates and limits that are few fixed words have their counterparts', async () => {
    const { config } = await read(`model_name_or_path: m
finetuning_type: freeze
template: default
dataset: mine
train_on_prompt: true
quantization_bit: 4
`);
    expect(config.tuning).toMatchObject({ method: 'full', train_parameters: [{ last_layers: 2 }] });
    expect(config.model.weights).toBe('nf4');
    expect(config.dataset).toMatchObject({
      prompt_template: 'custom',
      text_prompt_start: 'Human: ',
      text_answer_separator: '\nAssistant:',
      add_eos_token_to_prompt: true,
      mask_prompt_labels: false,
    });
    expect(config.tokenizer.max_length).toBe(defaults['LLaMA-Factory data'].cutoff_len);
  });
});
