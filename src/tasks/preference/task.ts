import { promptFormat } from '../../data/prompt-format.ts';
import { AppError, because } from '../../errors.ts';
import { requireTextModel } from '../../models/model.ts';
import { maximumLength, rowPositions } from '../lengths.ts';
import { requireLoss, tokenLoss } from '../losses.ts';
import { requireTexts } from '../material.ts';
import type { TaskSettings } from '../settings.ts';
import type { FittedLesson, OpenSettings, Task } from '../task.ts';
import { fittedTexts } from '../texts/prepare.ts';
import { pairColumns } from './columns.ts';
import { lossOf, pairLosses, preferenceLosses, smoothedLosses } from './losses.ts';
import { preferenceObjective } from './objective.ts';
import { type PairSettings, pairReading } from './reading.ts';
import { type ComparedSettings, requireWholeRows } from './whole-rows.ts';

const head = 'preference';

/**
 * What would change the text of which the reference was taken, makes no pairs, or would be left unread.
 * @throws AppError 'run-config-invalid'
 */
function requirePairs(config: ComparedSettings): void {
  requireWholeRows(config);
  const { training } = config;
  const loss = lossOf(training.loss_function);
  if (training.label_smoothing !== 0 && !smoothedLosses.includes(loss))
    throw new AppError('run-config-invalid', {
      key: 'training.label_smoothing',
      reason: because`${loss} has no label smoothing: set it to 0, or choose one of ${smoothedLosses.join(', ')}`,
    });
}

function pairSettings({ dataset, tokenizer, training }: TaskSettings, max_length: number): PairSettings {
  return {
    ...dataset,
    rejected_answer_column: dataset.rejected_answer_column ?? '',
    problem_type: 'instruction',
    learnsPrompt: pairLosses[lossOf(training.loss_function)].likelihood?.of === 'text',
    max_length,
    max_length_prompt: tokenizer.max_length_prompt,
    max_length_answer: tokenizer.max_length_answer,
  };
}

/** To prefer one answer over another. */
export const preference: Task = {
  problemTypes: ['preference'],
  unit: 'tokens',
  reads: 'tables',
  asked: 'chat',
  learned: () => 'answer',
  columns: pairColumns,
  template: ({ dataset }) => dataset.prompt_template,
  prompt: ({ dataset }, tokenizer) => promptFormat({ ...dataset, messages_column: '' }, tokenizer),
  makes: () => ['paraphrase'],
  objective: preferenceObjective,
  scores: [['rewards/accuracies', 'rewards/margins', 'rewards/chosen', 'rewards/rejected']],
  isOf: ({ learns }) => learns === head,
  head,
  plannedHead(config, published) {
    requireTextModel(published, config.dataset.problem_type);
    requireLoss(config, [tokenLoss, ...preferenceLosses]);
    return head;
  },
  open(material, config: OpenSettings, published) {
    const texts = requireTexts(material, requireTextModel(published, config.dataset.problem_type));
    requireLoss(config, [tokenLoss, ...preferenceLosses]);
    return {
      labels: null,
      head,
      classes: () => null,
      fit(model, tuning, config, sample): FittedLesson {
        requirePairs(config);
        const textModel = requireTextModel(model);
        const rows = sample ? requireTexts(sample, textModel) : texts;
        const positions = rowPositions(textModel, tuning, config);
        const reading = pairReading(rows.tokenizer, pairSettings(config, maximumLength(config, positions)));
        return fittedTexts(rows, config, positions, reading);
      },
    };
  },
};
