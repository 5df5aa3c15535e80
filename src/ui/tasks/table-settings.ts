/** What a table or a model that was just opened changes of the form. */
import type { RunConfig } from '../../training/config/run-config.ts';
import type { DataSummary, ModelSummary } from '../../worker/protocol.ts';
import type { Studio } from '../store.ts';
import {
  type ChosenByHand,
  chosenByHand,
  columnsFor,
  keepsColumns,
  problemFor,
  withoutColumns,
} from './column-roles.ts';
import { configForModel, type ProblemType, usualLoss, withoutUnread } from './facts.ts';

/** What a table that was just read changes of the form: what is learned, and the columns, unless they were chosen. */
export function forTable(
  table: DataSummary,
  settings: Partial<RunConfig['dataset']>,
  { config, model, own }: Pick<Studio, 'config' | 'model' | 'own'>,
): Pick<Studio, 'config' | 'own'> {
  const chosen = chosenByHand(own);
  const before = { ...config.dataset, ...settings };
  const keeps = keepsColumns(table, before, chosen);
  const problem_type = keeps ? before.problem_type : problemFor(table, before, chosen, model.value?.reads ?? null);
  const dataset = withoutUnread({ ...before, problem_type });
  return {
    own: keeps ? own : withoutColumns(own),
    config: {
      ...config,
      training: trainingFor(problem_type, config),
      dataset: { ...dataset, ...columnsFor(table, dataset, chosen, model.value?.reads ?? null) },
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
  const { training = config.training } = settings;
  const dataset = withoutUnread(settings.dataset ?? config.dataset);
  return {
    ...settings,
    training: trainingFor(dataset.problem_type, { ...config, training }),
    dataset: { ...dataset, ...columnsFor(table, dataset, chosen, model.reads) },
  };
}

/** The loss of one problem type fits no other. */
const trainingFor = (problem: ProblemType, { dataset, training }: RunConfig): RunConfig['training'] =>
  problem === dataset.problem_type ? training : { ...training, loss_function: usualLoss(problem) };
