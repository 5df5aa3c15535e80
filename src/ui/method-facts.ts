/** What the page must know of a tuning method. */
import type { RunConfig } from '../training/config/run-config.ts';
import type { Messages } from './text/en.ts';

type Tuning = RunConfig['tuning'];
export type Method = Tuning['method'];

export interface MethodFacts {
  /** Its own few settings. */
  readonly fields: readonly (keyof Tuning & keyof Messages['settings'])[];
  /** It goes on modules that are ticked; a tick under any other method means LoRA. */
  readonly onModules: boolean;
}

const bottleneck = { fields: ['reduction_factor', 'adapter_placement'], onModules: false } as const;

/** From the most that is trained to the least; whole weights last. */
export const methodFacts: { readonly [M in Method]: MethodFacts } = {
  lora: {
    fields: [
      ...(['lora_r', 'lora_alpha', 'lora_dropout', 'use_rslora', 'use_dora', 'lora_plus_ratio', 'bias'] as const),
      ...(['rank_pattern', 'alpha_pattern', 'modules_to_save', 'exclude_modules'] as const),
    ],
    onModules: true,
  },
  ia3: { fields: ['feedforward_modules', 'exclude_modules'], onModules: true },
  'series-adapter': bottleneck,
  'parallel-adapter': bottleneck,
  'llama-adapter': { fields: ['adapter_len', 'adapter_layers'], onModules: false },
  vera: { fields: ['lora_r', 'd_initial', 'lora_dropout', 'exclude_modules'], onModules: true },
  prefix: { fields: ['num_virtual_tokens'], onModules: false },
  'p-tuning': { fields: ['num_virtual_tokens', 'encoder_hidden_size'], onModules: false },
  prompt: {
    fields: ['num_virtual_tokens', 'prompt_tuning_init', 'prompt_tuning_init_text'],
    onModules: false,
  },
  full: { fields: [], onModules: false },
};

export const methodChoices = Object.keys(methodFacts) as readonly Method[];
