import { embedderOf } from '../models/heads.ts';
import type { Model } from '../models/model.ts';
import { parallelAdapter, seriesAdapter } from './bottleneck.ts';
import { ia3 } from './ia3.ts';
import { llamaAdapter } from './llama-adapter.ts';
import { lora } from './lora.ts';
import type { Method, PeftConfig } from './method.ts';
import type { MethodName } from './method-names.ts';
import { pTuning } from './p-tuning.ts';
import { prefix } from './prefix.ts';
import { prompt } from './prompt.ts';
import { vera } from './vera.ts';

const all: Readonly<Record<MethodName, Method>> = {
  lora,
  ia3,
  prompt,
  prefix,
  vera,
  'p-tuning': pTuning,
  'series-adapter': seriesAdapter,
  'parallel-adapter': parallelAdapter,
  'llama-adapter': llamaAdapter,
};
/** Every method that adds parameters, by the name it has in the run config. */
export const methods: Readonly<Record<string, Method>> = all;

/**
 * The methods that a model can have: for images those that step into linear layers alone, where PEFT has them; for vectors of
 * texts those that change weights, which sentence-transformers loads.
 */
export function methodsFor(model: Model): readonly string[] {
  const names = Object.keys(methods);
  if (model.kind === 'text') return embedderOf(model) ? names.filter((name) => methods[name]!.merges) : names;
  return model.library === 'transformers' ? names.filter((name) => methods[name]!.forImages) : [];
}

/** The name of the method that a saved adapter is used with; undefined where there is none. */
export function methodOf({ peft_type: type, config }: PeftConfig): string | undefined {
  if (type !== undefined || typeof config !== 'object') return methodOfPeftType[String(type)];
  return (config as PeftConfig).is_parallel === true ? 'parallel-adapter' : 'series-adapter';
}

/** By PEFT's type; an adapter of P-tuning holds finished virtual tokens. */
const methodOfPeftType: Readonly<Record<string, string>> = {
  LORA: 'lora',
  IA3: 'ia3',
  PROMPT_TUNING: 'prompt',
  P_TUNING: 'prompt',
  PREFIX_TUNING: 'prefix',
  VERA: 'vera',
  ADAPTION_PROMPT: 'llama-adapter',
};
