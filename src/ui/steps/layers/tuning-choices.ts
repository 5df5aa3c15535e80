import type { RunConfig } from '../../../training/config/run-config.ts';
import { type Method, methodChoices } from '../../method-facts.ts';
import type { Candidate } from '../../use-estimates.ts';

export type ChoiceName = Method | 'layers' | 'qlora';

const wholeOrLora: readonly ChoiceName[] = ['full', 'layers', 'lora', 'qlora'];
/** The ways to tune that the guide compares: from the most that is trained to the least. */
export const choiceNames = [...wholeOrLora, ...methodChoices.filter((method) => !wholeOrLora.includes(method))];

/** How many of the last layers `layers` trains. */
export const lastLayers = 2;

/** The form's config with each way to tune at its usual places, nothing else ticked. */
export function tuningChoices(config: RunConfig): (Candidate & { readonly id: ChoiceName })[] {
  return choiceNames.map((id) => ({ id, config: withChoice(config, id) }));
}

function withChoice(config: RunConfig, name: ChoiceName): RunConfig {
  const trained = name === 'full' ? [{ all: true }] : name === 'layers' ? [{ last_layers: lastLayers }] : [];
  const tuning = { ...config.tuning, method: methodOf(name), train_parameters: trained, ...nothingPicked };
  // What is trained whole cannot be kept in 4 bits; other methods leave the base as the form has it.
  const weights = name === 'full' || name === 'layers' ? 'as-published' : name === 'qlora' ? 'nf4' : null;
  return { ...config, model: { ...config.model, weights: weights ?? config.model.weights }, tuning };
}

const nothingPicked = { lora_target_modules: '', layers_to_transform: [], modules_to_save: [], bias: 'none' } as const;

function methodOf(name: ChoiceName): Method {
  if (name === 'layers') return 'full';
  return name === 'qlora' ? 'lora' : name;
}

/** Which of the ways the form's config is, whatever is ticked in it. */
export function currentChoice({ tuning, model }: RunConfig, totalParameters: number, trained: number): ChoiceName {
  if (tuning.method === 'full') return trained === totalParameters ? 'full' : 'layers';
  if (tuning.method === 'lora') return model.weights === 'as-published' ? 'lora' : 'qlora';
  return tuning.method;
}
