import { exampleRows } from '../../data/columns.ts';
import { classCounts, type LabelProblem, type Labels, readLabels } from '../../data/labels.ts';
import { type Model, requireTextModel } from '../../models/model.ts';
import { labelledHead, labelNames } from '../../models/sequence-classifier.ts';
import { rowPositions } from '../lengths.ts';
import { requireLoss, tokenLoss } from '../losses.ts';
import { requireTexts, type TextMaterial } from '../material.ts';
import { classScores, valueScores } from '../scores.ts';
import type { FittedLesson, OpenSettings, Task } from '../task.ts';
import { fittedTexts } from '../texts/prepare.ts';
import { everyRow } from '../texts/rows.ts';
import { labelAnswers } from './answers.ts';
import { labelsObjective } from './objective.ts';
import { labelledSettings, labelsReading } from './reading.ts';

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

/** The classes of a run's tables, or that they hold numbers. */
function labelsOf({ tables }: TextMaterial, config: OpenSettings, published: Model): Labels {
  const { num_classes: classes, answer_column: column } = config.dataset;
  const known = labelNames(published.config);
  return readLabels(everyRow(tables, config), { problem: problemOf(config), classes, column, known });
}

/** To tell classes, several labels or a number of texts. */
export const labelsTask: Task = {
  problemTypes: ['classification', 'regression'],
  unit: 'tokens',
  reads: 'tables',
  asked: 'text',
  learned: () => 'label',
  template: () => null,
  answers: labelAnswers,
  objective: labelsObjective,
  scores: [classScores, valueScores],
  isOf: ({ classifier }) => classifier?.pooled !== undefined,
  plannedHead(config, published) {
    requireTextModel(published, config.dataset.problem_type);
    const problem = problemOf(config);
    const outputs = config.dataset.num_classes || labelledHead(published.config).outputs;
    return { problem, outputs: problem === 'regression' ? 1 : outputs, names: [] };
  },
  open(material, config, published) {
    const texts = requireTexts(material, requireTextModel(published, config.dataset.problem_type));
    const labels = labelsOf(texts, config, published);
    return {
      labels,
      head: labels,
      classes() {
        const counts = classCounts(
          exampleRows(texts.tables.training, config.dataset).map(({ answer }) => answer),
          labels,
        );
        return labels.names.map((name, index) => ({ name, count: counts[index]! }));
      },
      fit(model, tuning, config, sample): FittedLesson {
        const textModel = requireTextModel(model);
        const rows = sample ? requireTexts(sample, textModel) : texts;
        const positions = rowPositions(textModel, tuning, config);
        const settings = labelledSettings(config, positions, model, labels);
        return fittedTexts(rows, config, positions, labelsReading(rows.tokenizer, settings));
      },
    };
  },
};
