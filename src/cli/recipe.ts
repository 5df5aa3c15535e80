/** The recipe of a run config, carried out: from the files that it names to its settings, and what is said of it. */

import { type AppError, toAppError } from '../errors.ts';
import type { ModelFiles } from '../files/source.ts';
import type { Model } from '../models/model.ts';
import type { Material } from '../tasks/material.ts';
import { type RecipeFacts, recipeFigures, recipeValues, withRecipe } from '../training/config/recipes.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { settingWarnings, smallestSide } from '../training/config/setting-warnings.ts';
import { resolvedTuning } from '../training/session/fit-run.ts';
import { measureRows, modelFacts } from '../training/session/measure-rows.ts';
import { recipesEn as words } from '../ui/text/en-recipes.ts';
import { errorInWords } from './print.ts';
import type { RunSettings } from './run-files.ts';
import { readMaterial } from './run-material.ts';

/** What became of a recipe; `values` are those of the keys that the file does not say. */
export interface CarriedOut {
  readonly config: RunConfig;
  readonly facts: RecipeFacts | null;
  readonly recipe: {
    readonly name: string;
    readonly facts?: RecipeFacts;
    readonly values?: object;
    readonly text: string;
    /** Why no settings follow. */
    readonly missing?: { readonly code: string; readonly text: string };
  } | null;
  /** What is wrong with data that is there. */
  readonly error?: AppError;
}

/** From rows that are read already. @throws AppError of reading them as the config asks */
export function carryOut({ config, written }: RunSettings, material: Material, model: Model): CarriedOut {
  const name = config.training.recipe;
  if (name === 'none') return { config, facts: null, recipe: null };
  const facts = measureRows(config, material, model);
  const values = recipeValues(name, facts, config, written);
  const next = withRecipe(config, facts, written);
  return { config: next, facts, recipe: { name, facts, values, text: recipeInWords(next, facts) } };
}

/** From the files that the config names; where one of them cannot be read, what that is, and the config as it was. */
export async function carryOutFrom(
  runFile: string,
  settings: RunSettings,
  files: ModelFiles,
  model: Model,
): Promise<CarriedOut> {
  const { config } = settings;
  const name = config.training.recipe;
  if (name === 'none') return { config, facts: null, recipe: null };
  try {
    return carryOut(settings, await readMaterial(runFile, config, files, model), model);
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === 'internal') throw thrown;
    const missing = { code: error.code, text: error.message };
    const recipe = { name, missing, text: missingInWords(config, error) };
    // A plan may be made before the data is there.
    return { config, facts: null, recipe, ...(error.code === 'path-missing' ? {} : { error }) };
  }
}

function missingInWords({ training }: RunConfig, error: AppError): string {
  const name = training.recipe === 'none' ? '' : words.names[training.recipe];
  return `${name}: ${words.unread} The settings below are those of the file, and defaults.${error.code === 'path-missing' ? `\n${errorInWords(error)}` : ''}`;
}

/** "Balanced, for 60 rows of about 90 tokens: 10 epochs, rate 2e-4, …" */
function recipeInWords(config: RunConfig, facts: RecipeFacts): string {
  const { rows, lengths } = facts;
  const name = config.training.recipe === 'none' ? '' : words.names[config.training.recipe];
  const basis = lengths ? words.forRows(String(rows), String(lengths.mean)) : words.forImages(String(rows));
  const { epochs, steps, rate, batch, accumulation, length, held } = recipeFigures(config, facts);
  const { figures } = words;
  const parts = [
    steps === null ? figures.epochs(String(epochs)) : figures.steps(String(steps)),
    figures.rate(String(rate).replace('e-0', 'e-')),
    accumulation === 1 ? figures.batch(String(batch)) : figures.accumulated(String(batch), String(accumulation)),
    ...(length === null ? [] : [figures.length(String(length))]),
    ...(held === null ? [] : [figures.held(String(held))]),
  ];
  return words.line(name, basis, parts.join(figures.separator));
}

/** A line for each value that does not work. */
export function warningsInWords(config: RunConfig, model: Model, facts: RecipeFacts | null): string[] {
  const modules = resolvedTuning(model, config)?.adapter?.modules.keys() ?? [];
  const known = {
    ...modelFacts(model),
    lengths: facts?.lengths ?? null,
    smallestSide: smallestSide(model.parameters, modules),
  };
  return settingWarnings(config, known).map(
    ({ kind, value, works }) => `! ${words.warnings[kind](String(value), String(works))}`,
  );
}
