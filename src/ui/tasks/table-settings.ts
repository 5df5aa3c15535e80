/** What a table or a model that was just opened changes of the form. */
import type { RunConfig } from '../../training/config/run-config.ts';
import type { DataSummary, ModelSummary } from '../../worker/protocol.ts';
import type { Studio } from '../store.ts';
import { type ChosenByHand, columnsFor, keepsColumns, problemFor } from './column-roles.ts';
import { configForModel, type ProblemType, usualLoss } from './facts.ts';

/** What a table that was just read changes of the form: what is learned, and the columns, unless they were chosen. */
export function forTable(
  table: DataSummary,
  settings: Partial<RunConfig['dataset']>,
  { config, model, chosenByHand }: Studio,
): Pick<Studio, 'config' | 'chosenByHand'> {
  const before = { ...config.dataset, ...settings };
  const keeps = keepsColumns(table, before, chosenByHand);
  const problem_type = keeps
    ? before.problem_type
    : problemFor(table, before, chosenByHand, model.value?.reads ?? null);
  const dataset = { ...before, problem_type };
  return {
    chosenByHand: { ...chosenByHand, columns: keeps },
    config: {
      ...config,
      training: { ...config.training, ...lossFor(problem_type, config) },
      dataset: { ...dataset, ...columnsFor(table, dataset, chosenByHand) },
    },
  };
}

/** What is learned with a model that was just opened, of the table that is open. */
export function modelSettings(
  model: ModelSummary,
  config: RunConfig,
  table: DataSummary | null,
  chosen: ChosenByHand,
): Partial<RunConfig> {
  const looked = table && !chosen.columns ? problemFor(table, config.dataset, chosen, model.reads) : null;
  const wanted = looked ? { ...config, dataset: { ...config.dataset, problem_type: looked } } : config;
  const settings = configForModel(model, wanted);
  const { dataset = config.dataset, training = config.training } = settings;
  return {
    ...settings,
    training: { ...training, ...lossFor(dataset.problem_type, config) },
    dataset: { ...dataset, ...columnsFor(table, dataset, chosen) },
  };
}

/** The loss of one problem type fits no other. */
const lossFor = (problem: ProblemType, { dataset }: RunConfig): Partial<RunConfig['training']> =>
  problem === dataset.problem_type ? {} : { loss_function: usualLoss };
