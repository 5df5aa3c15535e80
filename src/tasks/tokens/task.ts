import { columnFacts } from '../../data/column-facts.ts';
import { tagNames, wordNames } from '../../data/column-names.ts';
import { labelColumns } from '../../data/label-columns.ts';
import { knownName, readLabels } from '../../data/labels.ts';
import { type ClassifierHead, type Model, requireTextModel } from '../../models/model.ts';
import { labelledHead, labelNames } from '../../models/sequence-classifier.ts';
import { maximumLength, rowPositions } from '../lengths.ts';
import { requireLoss, tokenLoss } from '../losses.ts';
import { requireTexts, type TextMaterial } from '../material.ts';
import type { TaskSettings } from '../settings.ts';
import type { FittedLesson, OpenSettings, Task } from '../task.ts';
import { fittedTexts } from '../texts/prepare.ts';
import { everyRow } from '../texts/rows.ts';
import { tagAnswers } from './answers.ts';
import { tokensObjective } from './objective.ts';
import { rowWords, type TagSettings, tagsReading } from './reading.ts';

const problem = 'token_classification';
const losses = [tokenLoss, 'CrossEntropy'];

/** The tags of all rows: sorted, or in the checkpoint's order where it knows them all. */
function labelsOf({ tables }: TextMaterial, { dataset }: OpenSettings, published: Model): ClassifierHead {
  const { num_classes: classes, answer_column: column, prompt_column_separator: separator } = dataset;
  const rows = everyRow(tables, { dataset });
  const tags = new Set(rows.flatMap((row) => rowWords(row, separator)?.tags ?? []));
  const known = labelNames(published.config);
  const { names, outputs } = readLabels(
    [...tags].map((answer) => ({ answer })),
    { problem: 'single_label_classification', classes, column, known },
  );
  return { problem, names, outputs };
}

const settingsFor = (config: TaskSettings, positions: number, model: Model, labels: ClassifierHead): TagSettings => ({
  labels,
  modelType: model.modelType,
  maxLength: maximumLength(config, positions),
  separator: config.dataset.prompt_column_separator,
});

/** To tell what each word of a text is: names, places, parts of speech. */
export const tokensTask: Task = {
  problemTypes: ['token-classification'],
  unit: 'tokens',
  reads: 'tables',
  asked: 'text',
  columns: (table) => labelColumns(columnFacts(table), { label: tagNames, text: wordNames, kind: 'tags' }),
  learned: () => 'label',
  template: () => null,
  answers: tagAnswers(settingsFor),
  objective: tokensObjective,
  scores: [['f1', 'precision', 'recall', 'accuracy'], ['accuracy']],
  isOf: ({ classifier }) => classifier?.problem === problem,
  plannedHead(config, published) {
    requireTextModel(published, config.dataset.problem_type);
    requireLoss(config, losses);
    const outputs = config.dataset.num_classes || labelledHead(published.config).outputs;
    return { problem, outputs, names: [] };
  },
  open(material, config, published) {
    const texts = requireTexts(material, requireTextModel(published, config.dataset.problem_type));
    requireLoss(config, losses);
    const labels = labelsOf(texts, config, published);
    return {
      labels,
      head: labels,
      classes() {
        const { training } = texts.tables;
        const counts = new Map<string, number>();
        for (const row of everyRow({ training }, { dataset: { ...config.dataset, validation_strategy: 'none' } }))
          for (const tag of rowWords(row, config.dataset.prompt_column_separator)?.tags ?? []) {
            const name = knownName(tag, labels.names);
            counts.set(name, (counts.get(name) ?? 0) + 1);
          }
        return labels.names.map((name) => ({ name, count: counts.get(name) ?? 0 }));
      },
      fit(model, tuning, config, sample): FittedLesson {
        const textModel = requireTextModel(model);
        const rows = sample ? requireTexts(sample, textModel) : texts;
        const positions = rowPositions(textModel, tuning, config);
        return fittedTexts(
          rows,
          config,
          positions,
          tagsReading(rows.tokenizer, settingsFor(config, positions, model, labels)),
        );
      },
    };
  },
};
