import { columnFacts } from '../../data/column-facts.ts';
import { labelNames } from '../../data/column-names.ts';
import { exampleRows, textPairColumn } from '../../data/columns.ts';
import { labelColumns } from '../../data/label-columns.ts';
import { classCounts, type LabelProblem, type Labels, readLabels } from '../../data/labels.ts';
import { AppError, because } from '../../errors.ts';
import { type Model, requireTextModel, type TextModel } from '../../models/model.ts';
import { labelledHead, labelNames as publishedLabels } from '../../models/sequence-classifier.ts';
import { classFindings } from '../class-findings.ts';
import { rowPositions } from '../lengths.ts';
import { requireLoss, tokenLoss } from '../losses.ts';
import { requireTexts, type TextMaterial } from '../material.ts';
import { once } from '../prepared.ts';
import { classScores, valueScores } from '../scores.ts';
import type { FittedLesson, OpenSettings, Task } from '../task.ts';
import { fittedTexts } from '../texts/prepare.ts';
import { everyRow } from '../texts/rows.ts';
import { labelAnswers } from './answers.ts';
import { labelsObjective } from './objective.ts';
import { labelledSettings, labelsReading, requireBothWays, requirePairs } from './reading.ts';

/** What a loss makes of the label column. */
const ofClasses: Readonly<Record<string, LabelProblem>> = {
  [tokenLoss]: 'single_label_classification',
  CrossEntropy: 'single_label_classification',
  BinaryCrossEntropy: 'multi_label_classification',
};
const ofNumbers: Readonly<Record<string, LabelProblem>> = { [tokenLoss]: 'regression', MSE: 'regression' };

function problemOf(config: OpenSettings): LabelProblem {
  const problems = config.dataset.problem_type === 'regression' ? ofNumbers : ofClasses;
  requireLoss(config, Object.keys(problems));
  return problems[config.training.loss_function]!;
}

/** @throws AppError 'run-config-invalid' for a text that is its own label; 'task-unsupported', 'text-pair-unread' */
function textModelFor({ dataset }: OpenSettings, published: Model): TextModel {
  const { prompt_column, text_pair_column, answer_column } = dataset;
  if (answer_column !== '' && [...prompt_column, text_pair_column].includes(answer_column)) {
    const key = prompt_column.includes(answer_column) ? 'dataset.prompt_column' : 'dataset.text_pair_column';
    const reason = because`the text would hold its own label (answer_column): choose another column`;
    throw new AppError('run-config-invalid', { key, reason });
  }
  const model = requireTextModel(published, dataset.problem_type);
  if (textPairColumn(dataset)) requireBothWays(model);
  return model;
}

/** The classes of a run's tables, or that they hold numbers. */
function labelsOf({ tables }: TextMaterial, config: OpenSettings, published: Model): Labels {
  const { num_classes: classes, answer_column: column } = config.dataset;
  const known = publishedLabels(published.config);
  return readLabels(everyRow(tables, config), { problem: problemOf(config), classes, column, known });
}

/** To tell classes, several labels or a number of texts. */
export const labelsTask: Task = {
  problemTypes: ['classification', 'regression'],
  unit: 'tokens',
  reads: 'tables',
  asked: 'text',
  columns: (table, problem) =>
    labelColumns(columnFacts(table), { label: labelNames, kind: problem === 'regression' ? 'numbers' : 'classes' }),
  learned: () => 'label',
  template: () => null,
  answers: labelAnswers,
  makes: () => ['paraphrase'],
  objective: labelsObjective,
  scores: [classScores, valueScores],
  isOf: ({ classifier }) => classifier?.pooled !== undefined,
  plannedHead(config, published) {
    textModelFor(config, published);
    const problem = problemOf(config);
    const outputs = config.dataset.num_classes || labelledHead(published.config).outputs;
    return { problem, outputs: problem === 'regression' ? 1 : outputs, names: [] };
  },
  open(material, config, published) {
    const texts = requireTexts(material, textModelFor(config, published));
    const labels = labelsOf(texts, config, published);
    const counted = once(() => {
      const answers = exampleRows(texts.tables.training, config.dataset).map(({ answer }) => answer);
      const counts = classCounts(answers, labels);
      const classes = labels.names.map((name, index) => ({ name, count: counts[index]! }));
      const rows = answers.filter((answer) => answer.trim() !== '').length;
      return { classes, found: classFindings(classes, rows, config.dataset.answer_column) };
    });
    return {
      labels,
      head: labels,
      classes: () => counted().classes,
      fit(model, tuning, config, sample): FittedLesson {
        const textModel = requireTextModel(model);
        const rows = sample ? requireTexts(sample, textModel) : texts;
        const positions = rowPositions(textModel, tuning, config);
        const settings = labelledSettings(config, positions, model, labels);
        if (textPairColumn(config.dataset)) requirePairs(textModel, rows.tokenizer, settings.max_length);
        return fittedTexts(rows, config, positions, labelsReading(rows.tokenizer, settings), counted().found);
      },
    };
  },
};
