/** Where a run config names no columns: what its table looks like, as the page guesses it. */
import { fillTemplate, toAppError } from '../errors.ts';
import { type GuessedDataset, guessedDataset } from '../tasks/guess-settings.ts';
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
  const table = namesColumns(config, written) ? null : await tableOf(runFile, config);
  const found = table && guessedDataset(table, config, written, modelConfig);
  if (!found) return { ...settings, guessed: [] };
  const { dataset } = found;
  // What holds without a guess needs no word.
  const isUsual =
    JSON.stringify({ ...dataset, id_column: '' }) === JSON.stringify({ ...config.dataset, id_column: '' });
  return { config: { ...config, dataset }, written, guessed: isUsual ? [] : [guessInWords(found)] };
}

/** By the file, or by what another program takes where its file says nothing. */
function namesColumns({ dataset }: RunConfig, written: ReadonlySet<string>): boolean {
  const { dataset: usual } = defaultRunConfig;
  return namingKeys.some((key) => written.has(`dataset.${key}`) || String(dataset[key]) !== String(usual[key]));
}

async function tableOf(runFile: string, config: RunConfig) {
  try {
    return (await readRunTables(runFile, config)).training;
  } catch (thrown) {
    if (toAppError(thrown).code === 'internal') throw thrown;
    return null;
  }
}

function guessInWords({ uses, reasons }: GuessedDataset<unknown>): string {
  const why = (name: string) => {
    const reason = reasons[name];
    return reason ? `${name} (${fillTemplate(reason.text, reason.values)})` : name;
  };
  const parts = uses.map(([use, columns]) =>
    columns.length === 0 ? `no column found for the ${use}` : `${use} ${columns.map(why).join(' + ')}`,
  );
  return `Guessed, as the run config names no columns: ${parts.join(', ')}.`;
}
