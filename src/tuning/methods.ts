import { ia3 } from './ia3.ts';
import { lora } from './lora.ts';
import type { Method } from './method.ts';
import { pTuning } from './p-tuning.ts';
import { prefix } from './prefix.ts';
import { prompt } from './prompt.ts';
import { vera } from './vera.ts';

/** Every method that adds parameters, by the name it has in the run config. */
export const methods: Readonly<Record<string, Method>> = {
  lora,
  ia3,
  prompt,
  prefix,
  vera,
  'p-tuning': pTuning,
};

/** The name of the method that an adapter of PEFT's is used with: one of P-tuning holds finished virtual tokens. */
export const methodOfPeftType: Readonly<Record<string, string>> = {
  LORA: 'lora',
  IA3: 'ia3',
  PROMPT_TUNING: 'prompt',
  P_TUNING: 'prompt',
  PREFIX_TUNING: 'prefix',
  VERA: 'vera',
};
