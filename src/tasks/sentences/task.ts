import { everyNegative, type TableRows } from '../../data/columns.ts';
import { AppError, because, type Reason } from '../../errors.ts';
import { embedderOf } from '../../models/heads.ts';
import { type Model, requireTextModel, type Sentences, type TextModel } from '../../models/model.ts';
import { modelFromConfig } from '../../models/registry.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { maximumLength, rowPositions } from '../lengths.ts';
import { requireLoss, tokenLoss } from '../losses.ts';
import { requireTexts } from '../material.ts';
import type { TaskSettings } from '../settings.ts';
import type { FittedLesson, OpenSettings, Task } from '../task.ts';
import { fittedTexts } from '../texts/prepare.ts';
import { everyRow } from '../texts/rows.ts';
import { sentenceAnswers } from './answers.ts';
import { rankedColumns, scoredColumns } from './columns.ts';
import { sentencesObjective } from './objective.ts';
import { sentenceRow, sentencesReading } from './reading.ts';
import { rankingScores, similarityScores } from './scores.ts';

/** sentence-transformers' names of the losses. */
const rankingLosses = [tokenLoss, 'MultipleNegativesRankingLoss'];
const similarityLosses = [tokenLoss, 'CosineSimilarityLoss'];

const invalid = (key: string, reason: Reason): AppError => new AppError('run-config-invalid', { key, reason });

/** @param columns of the table; without them a negative that is not named is taken for none */
function learnedOf({ dataset }: OpenSettings, columns: readonly string[] = []): Sentences {
  if (dataset.problem_type === 'sentence-similarity') return 'cosines';
  return everyNegative(dataset, columns) === '' ? 'ranking' : 'triplets';
}

/** @throws AppError 'task-unsupported', 'setting-unsupported'; 'run-config-invalid' for a folder whose vectors are made otherwise */
function requireEncoder(config: OpenSettings, published: Model, learns: Sentences): TextModel {
  const { config: json, sentenceForm } = requireTextModel(published, config.dataset.problem_type);
  const model = requireTextModel(modelFromConfig(json, learns));
  requireLoss(config, learns === 'cosines' ? similarityLosses : rankingLosses);
  if (sentenceForm?.refused) throw invalid('model.llm_backbone', sentenceForm.refused);
  return model;
}

/** @throws AppError 'run-config-invalid' for what makes no rows of texts, or leaves nothing to learn */
function requireTextsApart({ dataset, tokenizer, augmentation, training }: TaskSettings, learns: Sentences): void {
  if (tokenizer.packing)
    throw invalid('tokenizer.packing', because`each text is embedded on its own, so rows cannot be packed`);
  if (augmentation.token_mask_probability > 0)
    throw invalid('augmentation.token_mask_probability', because`texts are embedded as they are: set it to 0`);
  if (tokenizer.padding_quantile !== 1)
    throw invalid('tokenizer.padding_quantile', because`texts are embedded whole: set it to 1`);
  if (learns === 'cosines' && dataset.prompt_column.length !== 2)
    throw invalid('dataset.prompt_column', because`it names the two texts of a pair: two columns`);
  if (learns === 'ranking' && training.batch_size < 2)
    throw invalid(
      'training.batch_size',
      because`a text is told from those of the other rows of its batch: take 2 rows or more`,
    );
}

/** @throws AppError 'run-config-invalid' where `maxLength` leaves no token of a text */
function requireRoom(config: TaskSettings, tokenizer: Tokenizer, maxLength: number): void {
  const around = tokenizer.encodeText('', maxLength).ids.length;
  if (maxLength > around) return;
  const key = config.tokenizer.max_length > maxLength ? 'model.llm_backbone' : 'tokenizer.max_length';
  throw invalid(key, because`${around} special tokens stand around a text, and it allows ${maxLength} in all`);
}

/** @throws AppError 'labels-no-number' where a score is none; 'run-config-invalid' where scores are no cosines */
export function requireCosines(
  rows: ReturnType<typeof everyRow>,
  settings: Pick<TaskSettings['dataset'], 'answer_column' | 'prompt_column_separator'>,
): void {
  let [least, most] = [0, 0];
  for (const [index, row] of rows.entries()) {
    const label = row.answer.trim();
    if (!Number.isFinite(Number(label))) {
      const params = { column: settings.answer_column, label, row: row.number ?? index + 1 };
      throw new AppError('labels-no-number', params);
    }
    const { score = 0 } = sentenceRow(row, { learns: 'cosines', ...settings });
    [least, most] = [Math.min(least, score), Math.max(most, score)];
  }
  if (least < -1 || most > 1)
    throw invalid(
      'dataset.answer_column',
      because`its numbers go from ${least} to ${most}, and cosines from -1 to 1: divide them so that they lie there`,
    );
}

const columnsOf = ({ dataset }: TaskSettings, { columns }: TableRows, learns: Sentences): string[] =>
  learns === 'cosines'
    ? [...dataset.prompt_column]
    : [dataset.prompt_column.join(', '), dataset.answer_column, everyNegative(dataset, columns)];

/** To give texts that belong together vectors that are near each other, as sentence-transformers trains them. */
export const sentencesTask: Task = {
  problemTypes: ['sentence-embeddings', 'sentence-similarity'],
  unit: 'tokens',
  reads: 'tables',
  asked: 'text',
  columns: (table, problem) => (problem === 'sentence-similarity' ? scoredColumns(table) : rankedColumns(table)),
  learned: (problem) => (problem === 'sentence-similarity' ? 'label' : 'text'),
  template: () => null,
  answers: sentenceAnswers,
  objective: sentencesObjective,
  scores: [rankingScores, similarityScores],
  isOf: ({ sentence }) => sentence !== undefined,
  plannedHead(config, published) {
    const learns = learnedOf(config);
    requireEncoder(config, published, learns);
    return learns;
  },
  open(material, config, published) {
    const texts = requireTexts(material, requireTextModel(published, config.dataset.problem_type));
    const learns = learnedOf(config, texts.tables.training.columns);
    requireEncoder(config, published, learns);
    return {
      labels: null,
      head: learns,
      classes: () => null,
      fit(model, tuning, config, sample): FittedLesson {
        requireTextsApart(config, learns);
        const textModel = requireTextModel(model);
        const rows = sample ? requireTexts(sample, textModel) : texts;
        if (learns === 'cosines') requireCosines(everyRow(rows.tables, config), config.dataset);
        const positions = Math.min(rowPositions(textModel, tuning, config), embedderOf(textModel)!.longest);
        const { prompt_column_separator } = config.dataset;
        const settings = { learns, prompt_column_separator, max_length: maximumLength(config, positions) };
        requireRoom(config, rows.tokenizer, settings.max_length);
        const columns = columnsOf(config, rows.tables.training, learns);
        return fittedTexts(rows, config, positions, sentencesReading(rows.tokenizer, settings, columns));
      },
    };
  },
};
