import { columnFacts } from '../../data/column-facts.ts';
import { answerNames, named, promptNames, verdictNames } from '../../data/column-names.ts';
import type { ColumnGuess, TableRows } from '../../data/columns.ts';
import { promptFormat } from '../../data/prompt-format.ts';
import { verdictOf } from '../../data/verdicts.ts';
import { AppError, because } from '../../errors.ts';
import { requireTextModel } from '../../models/model.ts';
import type { RowFinding } from '../findings.ts';
import { maximumLength, rowPositions } from '../lengths.ts';
import { requireLoss, tokenLoss } from '../losses.ts';
import { requireTexts } from '../material.ts';
import { pairColumns } from '../preference/columns.ts';
import { requireWholeRows } from '../preference/whole-rows.ts';
import type { RowOutcome } from '../prepared.ts';
import type { TaskSettings } from '../settings.ts';
import type { FittedLesson, OpenSettings, Task } from '../task.ts';
import { fittedTexts } from '../texts/prepare.ts';
import { advisedWeights, aloneLoss, judgedLoss, judgedLosses, standsAlone } from './losses.ts';
import { judgedObjective } from './objective.ts';
import { type JudgedSettings, judgedReading } from './reading.ts';

const head = 'judged';

function judgedSettings({ dataset, tokenizer, training }: TaskSettings, max_length: number): JudgedSettings {
  const { max_length_prompt, max_length_answer } = tokenizer;
  const others = standsAlone(training) ? null : { batchSize: training.batch_size };
  return { ...dataset, problem_type: 'instruction', max_length, max_length_prompt, max_length_answer, others };
}

/** @throws AppError 'run-config-invalid' */
function requireJudged(config: TaskSettings): void {
  requireWholeRows(config);
  const { label_column = '', parent_id_column = '' } = config.dataset;
  const { label_smoothing, batch_size } = config.training;
  const isAlone = standsAlone(config.training);
  const invalid = (key: string, reason: ReturnType<typeof because>) =>
    new AppError('run-config-invalid', { key, reason });
  if (label_column === '' && parent_id_column !== '')
    throw invalid(
      'dataset.parent_id_column',
      because`pairs that are taken apart have no rows before them: leave it empty, or choose a label column`,
    );
  if (label_smoothing !== 0)
    throw invalid(
      'training.label_smoothing',
      because`${isAlone ? aloneLoss : judgedLoss} has no label smoothing: set it to 0`,
    );
  if (batch_size < 2 && !isAlone)
    throw invalid(
      'training.batch_size',
      because`KTO compares each answer with those of the other rows of its batch: set it to 2 or more`,
    );
}

/** Answers of one kind alone, and weights that let one kind count for more than KTO's authors advise. */
function verdictFindings({ trainExamples }: Pick<RowOutcome, 'trainExamples'>, config: TaskSettings): RowFinding[] {
  let good = 0;
  for (const { targets } of trainExamples.examples) good += targets![0]!;
  const all = trainExamples.examples.length;
  if (all === 0) return [];
  const bad = all - good;
  if (good === 0) return [{ code: 'verdicts-all-bad', params: { rows: all }, blocks: true }];
  if (bad === 0) return [{ code: 'verdicts-all-good', params: { rows: all }, blocks: true }];
  const advised = advisedWeights(good, bad, config.training);
  if (!advised) return [];
  const [low, high] = [advised.low, advised.high].map((bound) => Number(bound.toPrecision(3))) as [number, number];
  return [{ code: 'verdicts-uneven', params: { good, bad, low, high }, blocks: false }];
}

/** Share of the labels that must be read for a column to be taken for them; the others are listed. */
const leastRead = 0.9;

/** Words that no class of texts is called by beside a prompt and an answer. */
const saysTruth = /^(true|false|yes|no|good|bad|はい|いいえ|良い|悪い|よい|良|悪|[○◯〇]|×)$/i;

/** Prompt, answer and what is said of it by their names; numbers in a column `label` or `rating` may be classes or marks. */
function labelledColumns({ columns, rows }: Pick<TableRows, 'columns' | 'rows'>): ColumnGuess | null {
  const facts = columnFacts({ columns, rows });
  const [label, prompt] = [named(facts, verdictNames), named(facts, promptNames)];
  if (!label || !prompt) return null;
  const answer = named(
    facts.filter((column) => column !== label && column !== prompt),
    answerNames,
  );
  if (!answer) return null;
  const place = columns.indexOf(label.name);
  const cells = rows.map((row) => row[place] ?? '').filter((cell) => cell.trim() !== '');
  const isOther = /^(label|ラベル|rating|評価)$/i.test(label.name.trim());
  const isVerdict = (cell: string) => (isOther ? saysTruth.test(cell.trim()) : verdictOf(cell) !== undefined);
  if (cells.length === 0 || cells.filter(isVerdict).length < leastRead * cells.length) return null;
  const used = [prompt.name, answer.name, label.name];
  return {
    ...{ prompt_column: [prompt.name], answer_column: answer.name, label_column: label.name },
    reasons: Object.fromEntries(used.map((name) => [name, because`by its name`])),
  };
}

/** Pairs are two answers each. */
function columnsOf(table: Pick<TableRows, 'columns' | 'rows'>): ColumnGuess | null {
  const labelled = labelledColumns(table);
  if (labelled) return labelled;
  const pair = pairColumns(table);
  return pair && { ...pair, rejected_prompt_column: '', label_column: '' };
}

/** To give good answers rather than bad ones, each judged by itself. */
export const judged: Task = {
  problemTypes: ['judged-answers'],
  unit: 'tokens',
  reads: 'tables',
  asked: 'chat',
  learned: () => 'answer',
  columns: columnsOf,
  template: ({ dataset }) => dataset.prompt_template,
  prompt: ({ dataset }, tokenizer) => promptFormat({ ...dataset, messages_column: '' }, tokenizer),
  makes: () => ['paraphrase'],
  objective: judgedObjective,
  scores: [['rewards/accuracies', 'rewards/margins', 'rewards/chosen', 'rewards/rejected', 'kl']],
  isOf: ({ learns }) => learns === head,
  head,
  plannedHead(config, published) {
    requireTextModel(published, config.dataset.problem_type);
    requireLoss(config, [tokenLoss, ...judgedLosses]);
    return head;
  },
  open(material, config: OpenSettings, published) {
    const texts = requireTexts(material, requireTextModel(published, config.dataset.problem_type));
    requireLoss(config, [tokenLoss, ...judgedLosses]);
    return {
      labels: null,
      head,
      classes: () => null,
      fit(model, tuning, config, sample): FittedLesson {
        requireJudged(config);
        const textModel = requireTextModel(model);
        const rows = sample ? requireTexts(sample, textModel) : texts;
        const positions = rowPositions(textModel, tuning, config);
        const { answer_column, rejected_answer_column = '', label_column = '' } = config.dataset;
        const names = label_column === '' ? [answer_column, rejected_answer_column] : ['true', 'false'];
        const settings = judgedSettings(config, maximumLength(config, positions));
        const reading = judgedReading(rows.tokenizer, settings, names as [string, string]);
        return fittedTexts(rows, config, positions, reading, (outcome) => verdictFindings(outcome, config));
      },
    };
  },
};
