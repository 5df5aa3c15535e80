/** Where a run config names no columns: what its table looks like, as the page guesses it. */
import { AppError, fillTemplate, type Reason, toAppError } from '../errors.ts';
import { modelFromConfig } from '../models/registry.ts';
import { guessTable, lookedColumns, type TableGuess } from '../tasks/guess.ts';
import { type ProblemType, problemTypes } from '../tasks/problem-types.ts';
import { taskOf } from '../tasks/registry.ts';
import { defaultRunConfig, type RunConfig } from '../training/config/run-config.ts';
import type { RunSettings } from './run-files.ts';
import { readRunTables } from './run-tables.ts';

/** Settings with the columns that were guessed, and a line that says which and why. */
export interface GuessedSettings extends RunSettings {
  readonly guessed: readonly string[];
}

const namingKeys = ['prompt_column', 'answer_column', 'messages_column'] as const;

/**
 * The settings as they are where they name columns, or where no table can be read: reading it for the run says why.
 * @param modelConfig config.json of the model: what it cannot learn is not guessed
 */
export async function withGuessedColumns(
  runFile: string,
  settings: RunSettings,
  modelConfig: unknown,
): Promise<GuessedSettings> {
  const { config, written } = settings;
  const unchanged = { ...settings, guessed: [] };
  if (namesColumns(config, written) || taskOf(config).reads !== 'tables') return unchanged;
  const table = await readRunTables(runFile, config).then(
    ({ training }) => training,
    (thrown: unknown) => {
      if (toAppError(thrown).code === 'internal') throw thrown;
      return null;
    },
  );
  if (!table) return unchanged;
  const guess = guessTable(table);
  const isTaskNamed = written.has('dataset.problem_type');
  const problem_type = isTaskNamed ? config.dataset.problem_type : problemFor(guess, config, modelConfig);
  const found = guess.columns[problem_type];
  if (!found) return unchanged;
  const { prompt_column, answer_column, reasons } = found;
  const { system_column, messages_column, parent_id_column, id_column } = lookedColumns(table);
  const writes =
    taskOf({ dataset: { problem_type } }).template({ dataset: { ...config.dataset, problem_type } }) !== null;
  const turns = writes ? { system_column, messages_column, parent_id_column, id_column } : {};
  const columns = { prompt_column, answer_column: answer_column ?? '', ...turns };
  const dataset = { ...config.dataset, ...columns, problem_type };
  const next = { config: { ...config, dataset }, written };
  return { ...next, guessed: guessInWords(config.dataset, dataset, reasons) };
}

/** By the file, or by what another program takes where its file says nothing. */
function namesColumns({ dataset }: RunConfig, written: ReadonlySet<string>): boolean {
  const { dataset: usual } = defaultRunConfig;
  return namingKeys.some((key) => written.has(`dataset.${key}`) || String(dataset[key]) !== String(usual[key]));
}

/** What the table looks made for, of what the model can learn. */
function problemFor(guess: TableGuess, config: RunConfig, modelConfig: unknown): ProblemType {
  const isLearned = (problem_type: ProblemType) => {
    const wanted = { ...config, dataset: { ...config.dataset, problem_type } };
    try {
      const head = taskOf(wanted).plannedHead(wanted, modelFromConfig(modelConfig));
      return modelFromConfig(modelConfig, head) !== null;
    } catch (thrown) {
      if (thrown instanceof AppError) return false;
      throw thrown;
    }
  };
  const others = problemTypes.filter((problem) => guess.columns[problem]);
  return [guess.problem_type, ...others].find(isLearned) ?? guess.problem_type;
}

/** One line; none where the guess is what holds without one. */
function guessInWords(
  before: RunConfig['dataset'],
  dataset: RunConfig['dataset'],
  reasons: Readonly<Record<string, Reason>>,
): string[] {
  const keys = ['problem_type', 'prompt_column', 'answer_column', 'messages_column', 'system_column'] as const;
  if (keys.every((key) => String(before[key]) === String(dataset[key]))) return [];
  const why = (name: string) => {
    const reason = reasons[name];
    return reason ? `${name} (${fillTemplate(reason.text, reason.values)})` : name;
  };
  const { prompt_column: prompts, messages_column: messages, answer_column: answer } = dataset;
  const learned = taskOf({ dataset }).learned(dataset.problem_type);
  const uses =
    messages === ''
      ? [
          ...(prompts.length === 0 ? [] : [`prompt ${prompts.map(why).join(' + ')}`]),
          answer === '' ? `no column found for the ${learned}` : `${learned} ${why(answer)}`,
        ]
      : [`messages ${why(messages)}`];
  const others = dataset.system_column === '' ? [] : [`system ${why(dataset.system_column)}`];
  const parts = [`problem_type ${dataset.problem_type}`, ...uses, ...others];
  return [`Guessed, as the run config names no columns: ${parts.join(', ')}.`];
}
