import type { RunConfig } from '../../../training/config/run-config.ts';
import type { ParameterRow, ParameterState } from '../../../worker/protocol.ts';
import { type Method, methodChoices, methodFacts } from '../../method-facts.ts';
import { isAdaptable } from '../../ticks.ts';
import type { Candidate } from '../../use-estimates.ts';

export type ChoiceName = Method | 'layers' | 'qlora';

/** Where all methods go that are compared: where each usually goes, or on what is ticked in the tree. */
export type Places = 'usual' | 'selected';

/** What is ticked, whichever way it is learned now. */
export interface Selection {
  /** Modules that can carry an adapter. */
  readonly modules: readonly string[];
  /** Names of all parameters. */
  readonly parameters: readonly string[];
  /** Names of those that can carry none: norms, biases, embeddings. */
  readonly others: readonly string[];
}

export interface TuningChoice extends Candidate {
  readonly name: ChoiceName;
}

const wholeOrLora: readonly ChoiceName[] = ['full', 'layers', 'lora', 'qlora'];
/** The ways to tune that the guide compares: from the most that is trained to the least. */
export const choiceNames = [...wholeOrLora, ...methodChoices.filter((method) => !wholeOrLora.includes(method))];

/** How many of the last layers `layers` trains. */
export const lastLayers = 2;

export function selectionOf(parameters: readonly ParameterRow[], states: readonly ParameterState[]): Selection {
  const ticked = parameters.filter((_, index) => (states[index] ?? 'frozen') !== 'frozen');
  return {
    modules: ticked.filter(isAdaptable).map(({ module }) => module),
    parameters: ticked.map(({ name }) => name),
    others: ticked.filter((row) => !isAdaptable(row)).map(({ name }) => name),
  };
}

/** The form's config with each way to tune at its usual places, nothing else ticked. */
export function usualChoices(config: RunConfig): TuningChoice[] {
  return choiceNames.map((name) => ({ id: `usual ${name}`, name, config: atUsualPlaces(config, name) }));
}

/** The form's config with each way to tune on what is ticked; `current`, the one in use, is the form's own. */
export function selectedChoices(config: RunConfig, selection: Selection, current: ChoiceName): TuningChoice[] {
  return choiceNames.map((name) => ({
    id: `selected ${name}`,
    name,
    config: name === current ? config : onSelection(config, name, selection),
  }));
}

/** Whether a way to tune can be put on what is ticked; others train all weights, or go between layers or before them. */
export const hasPlaces = (name: ChoiceName): boolean => name === 'layers' || methodFacts[methodOf(name)].onModules;

function atUsualPlaces(config: RunConfig, name: ChoiceName): RunConfig {
  const trained = name === 'full' ? [{ all: true }] : name === 'layers' ? [{ last_layers: lastLayers }] : [];
  const tuning = { ...config.tuning, method: methodOf(name), train_parameters: trained, ...nothingPicked };
  // What is trained whole cannot be kept in 4 bits; other methods leave the base as the form has it.
  const weights = name === 'full' || name === 'layers' ? 'as-published' : name === 'qlora' ? 'nf4' : null;
  return { ...config, model: { ...config.model, weights: weights ?? config.model.weights }, tuning };
}

function onSelection(config: RunConfig, name: ChoiceName, { modules, parameters, others }: Selection): RunConfig {
  const usual = atUsualPlaces(config, name);
  if (!hasPlaces(name)) return usual;
  const places =
    name === 'layers' ? { train_parameters: parameters } : { lora_target_modules: modules, train_parameters: others };
  return { ...usual, tuning: { ...usual.tuning, ...places } };
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
