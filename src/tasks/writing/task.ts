import { lostBeside } from '../../data/beside-text.ts';
import { columnFacts } from '../../data/column-facts.ts';
import { plainTextColumn, recogniseColumns } from '../../data/columns.ts';
import { promptFormat, textFormat } from '../../data/prompt-format.ts';
import { requireTextModel } from '../../models/model.ts';
import type { RowFinding } from '../findings.ts';
import { rowPositions } from '../lengths.ts';
import { requireLoss, tokenLoss } from '../losses.ts';
import { requireTexts, type TextMaterial } from '../material.ts';
import { once } from '../prepared.ts';
import type { FittedLesson, OpenSettings, Task } from '../task.ts';
import { fittedTexts } from '../texts/prepare.ts';
import { writingObjective } from './objective.ts';
import { exampleSettings, writingReading } from './reading.ts';

const losses = [tokenLoss, 'SampleAveragedCrossEntropy', 'CrossEntropy'];

/** Columns that plain text leaves aside are said: they may be what the text should be answered with. */
function columnFindings({ tables: { training } }: TextMaterial, { dataset }: OpenSettings): RowFinding[] {
  if (dataset.problem_type !== 'text') return [];
  const column = dataset.answer_column;
  const columns = lostBeside(columnFacts(training), column).join(', ');
  return columns === '' ? [] : [{ code: 'columns-unread', params: { column, columns }, blocks: false }];
}

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
  objective: writingObjective,
  scores: [],
  isOf: ({ classifier }) => !classifier,
  head: 'causal',
  plannedHead(config, published) {
    requireTextModel(published, config.dataset.problem_type);
    requireLoss(config, losses);
    return 'causal';
  },
  open(material, config, published) {
    const texts = requireTexts(material, requireTextModel(published, config.dataset.problem_type));
    requireLoss(config, losses);
    const found = once(() => columnFindings(texts, config));
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
