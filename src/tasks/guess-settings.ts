/** Settings of a run whose config names no columns, as its table looks. */
import type { ColumnGuess, TableRows } from '../data/columns.ts';
import { AppError, type Reason } from '../errors.ts';
import { modelFromConfig } from '../models/registry.ts';
import { guessTable, lookedColumns, type TableGuess } from './guess.ts';
import { type ProblemType, problemTypes } from './problem-types.ts';
import { taskOf } from './registry.ts';
import type { TaskSettings } from './settings.ts';

type Dataset = TaskSettings['dataset'];

export interface GuessedDataset<D> {
  readonly dataset: D;
  /** What is used for what; no column where none looks like one. */
  readonly uses: readonly (readonly [use: string, columns: readonly string[]])[];
  readonly reasons: Readonly<Record<string, Reason>>;
}

/**
 * @param written keys that the config says: what is to be learned is guessed only where it does not say that
 * @param modelConfig config.json of the model: what it cannot learn is not guessed
 * @returns null where no table of such columns is read
 */
export function guessedDataset<D extends Dataset>(
  table: Pick<TableRows, 'columns' | 'rows'>,
  config: Omit<TaskSettings, 'dataset'> & { readonly dataset: D },
  written: ReadonlySet<string>,
  modelConfig: unknown,
): GuessedDataset<D> | null {
  const guess = guessTable(table);
  const isTaskNamed = written.has('dataset.problem_type');
  const problem_type = isTaskNamed ? config.dataset.problem_type : problemFor(guess, config, modelConfig);
  const task = taskOf({ dataset: { problem_type } });
  const own = columnsIn(config.dataset, written);
  const found = task.columns(without(table, Object.values(own)), problem_type) ?? guess.columns[problem_type];
  if (!found) return null;
  const { rejected_answer_column, rejected_prompt_column = '', label_column, reasons } = { ...found, ...own };
  const { prompt_column, text_pair_column } = textsFor(found, own.text_pair_column, modelConfig);
  const answer_column = found.answer_column ?? '';
  const { messages_column, ...turn } = { ...lookedColumns(table), ...own };
  const { system_column = '', parent_id_column = '', id_column = '' } = turn;
  const writes = task.template({ dataset: { ...config.dataset, problem_type } }) !== null;
  const isPair = found.rejected_answer_column !== undefined || found.label_column !== undefined;
  const messages = isPair ? '' : messages_column;
  const turns = writes ? { system_column, messages_column: messages, parent_id_column, id_column } : {};
  const pair = {
    ...(found.rejected_answer_column === undefined ? {} : { rejected_answer_column, rejected_prompt_column }),
    ...(found.label_column === undefined ? {} : { label_column: label_column! }),
  };
  const single = [
    ...(prompt_column.length === 0 ? [] : [['prompt', prompt_column] as const]),
    ...(text_pair_column === '' ? [] : [['text_pair', [text_pair_column]] as const]),
    [task.learned(problem_type), answer_column === '' ? [] : [answer_column]] as const,
    ...(rejected_answer_column && !label_column ? [['rejected', [rejected_answer_column]] as const] : []),
    ...(label_column ? [['label', [label_column]] as const] : []),
  ];
  const isWhole = writes && messages !== '';
  const uses = [
    ['problem_type', [problem_type]] as const,
    ...(isWhole ? [['messages', [messages]] as const] : single),
    ...(writes && system_column !== '' ? [['system', [system_column]] as const] : []),
  ];
  const texts = { prompt_column, text_pair_column };
  const dataset = { ...config.dataset, ...texts, answer_column, ...pair, ...turns, problem_type };
  return { dataset, uses, reasons };
}

/** Columns that the config names itself, whatever the table looks like. */
function columnsIn(
  dataset: Dataset,
  written: ReadonlySet<string>,
): Partial<Pick<Dataset, (typeof besideKeys)[number]>> {
  return Object.fromEntries(
    besideKeys.filter((key) => written.has(`dataset.${key}`)).map((key) => [key, dataset[key]]),
  );
}

const besideKeys = [
  ...(['text_pair_column', 'rejected_answer_column', 'rejected_prompt_column', 'label_column'] as const),
  ...(['system_column', 'parent_id_column', 'id_column'] as const),
] as const;

function without({ columns, rows }: Pick<TableRows, 'columns' | 'rows'>, named: readonly (string | undefined)[]) {
  const places = columns.flatMap((name, place) => (named.includes(name) ? [] : [place]));
  const kept = (cells: readonly string[]) => places.map((place) => cells[place] ?? '');
  return { columns: kept(columns), rows: rows.map(kept) };
}

/**
 * The columns of texts; two that stand beside each other are one for a model that writes, and where the config says that
 * there is no second.
 */
function textsFor(
  { prompt_column, text_pair_column: second = '' }: ColumnGuess,
  own: string | undefined,
  json: unknown,
) {
  if (own || second === '') return { prompt_column, text_pair_column: own ?? '' };
  const model = own === undefined ? modelFromConfig(json) : null;
  const isOne = own === '' || (model?.kind === 'text' && model.causal);
  return isOne
    ? { prompt_column: [...prompt_column, second], text_pair_column: '' }
    : { prompt_column, text_pair_column: second };
}

/** What the table looks made for, of what the model can learn. */
function problemFor(guess: TableGuess, config: TaskSettings, modelConfig: unknown): ProblemType {
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
  // A column of texts is rather learned as texts than as labels.
  const learned = (problem: ProblemType) => taskOf({ dataset: { problem_type: problem } }).learned(problem);
  const isAlike = (problem: ProblemType) => learned(problem) === learned(guess.problem_type);
  const found = problemTypes.filter((problem) => guess.columns[problem]);
  const others = [...found.filter(isAlike), ...found.filter((problem) => !isAlike(problem))];
  return [guess.problem_type, guess.otherwise, ...others].find(isLearned) ?? guess.problem_type;
}
