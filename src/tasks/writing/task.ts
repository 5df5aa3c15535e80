import { plainTextColumn, recogniseColumns } from '../../data/columns.ts';
import { promptFormat, textFormat } from '../../data/prompt-format.ts';
import { writerOf } from '../../models/heads.ts';
import { requireTextModel } from '../../models/model.ts';
import { rowPositions } from '../lengths.ts';
import { requireLoss, tokenLoss } from '../losses.ts';
import { requireTexts } from '../material.ts';
import { once } from '../prepared.ts';
import type { FittedLesson, Task } from '../task.ts';
import { fittedTexts } from '../texts/prepare.ts';
import { unreadColumns } from '../texts/unread-columns.ts';
import { writingObjective } from './objective.ts';
import { exampleSettings, writingReading } from './reading.ts';

const losses = [tokenLoss, 'SampleAveragedCrossEntropy', 'CrossEntropy'];

/** To write text: answers to prompts, or texts as they are. */
export const writing: Task = {
  problemTypes: ['instruction', 'text'],
  unit: 'tokens',
  reads: 'tables',
  asked: 'chat',
  learned: (problem) => (problem === 'text' ? 'text' : 'answer'),
  columns: ({ columns, rows }, problem) =>
    problem === 'text' ? plainTextColumn({ columns, rows }) : recogniseColumns(columns, rows),
  template: ({ dataset }) => (dataset.problem_type === 'instruction' ? dataset.prompt_template : null),
  prompt: ({ dataset }, tokenizer) =>
    dataset.problem_type === 'text' ? textFormat(tokenizer) : promptFormat(dataset, tokenizer),
  makes: ({ dataset }) => (dataset.problem_type === 'text' ? [] : ['paraphrase', 'answer']),
  objective: writingObjective,
  scores: [],
  isOf: (model) => writerOf(model) !== undefined && !model.learns,
  head: 'causal',
  plannedHead(config, published) {
    requireTextModel(published, config.dataset.problem_type);
    requireLoss(config, losses);
    return 'causal';
  },
  open(material, config, published) {
    const texts = requireTexts(material, requireTextModel(published, config.dataset.problem_type));
    requireLoss(config, losses);
    const { problem_type, answer_column } = config.dataset;
    const found = once(() => (problem_type === 'text' ? unreadColumns(texts.tables.training, answer_column) : []));
    return {
      labels: null,
      head: 'causal',
      classes: () => null,
      fit(model, tuning, config, sample): FittedLesson {
        const textModel = requireTextModel(model);
        const rows = sample ? requireTexts(sample, textModel) : texts;
        const positions = rowPositions(textModel, tuning, config);
        const reading = writingReading(rows.tokenizer, config, positions);
        const fitted = fittedTexts(rows, config, positions, reading, found());
        return {
          ...fitted,
          encodable: () => ({ ...fitted.encodable(), settings: exampleSettings(config, positions) }),
        };
      },
    };
  },
};
