import { plainTextColumn } from '../../data/columns.ts';
import { AppError, because } from '../../errors.ts';
import { requireTextModel } from '../../models/model.ts';
import { modelFromConfig } from '../../models/registry.ts';
import { maximumLength, rowPositions } from '../lengths.ts';
import { requireLoss, tokenLoss } from '../losses.ts';
import { requireTexts } from '../material.ts';
import { once } from '../prepared.ts';
import type { TaskSettings } from '../settings.ts';
import type { FittedLesson, Task } from '../task.ts';
import { fittedTexts } from '../texts/prepare.ts';
import { unreadColumns } from '../texts/unread-columns.ts';
import { maskedAnswers, requireMask } from './answers.ts';
import { maskedObjective } from './objective.ts';
import { maskedReading } from './reading.ts';

const losses = [tokenLoss, 'CrossEntropy'];

/** To tell masked tokens of texts, as encoders are pretrained. */
export const maskedTask: Task = {
  problemTypes: ['masked-language-modeling'],
  unit: 'tokens',
  reads: 'tables',
  asked: 'text',
  columns: plainTextColumn,
  learned: () => 'text',
  template: () => null,
  answers: maskedAnswers,
  objective: maskedObjective,
  scores: [],
  isOf: ({ masked }) => masked !== undefined,
  head: 'masked',
  plannedHead(config, published) {
    const { config: json } = requireTextModel(published, config.dataset.problem_type);
    modelFromConfig(json, 'masked');
    requireLoss(config, losses);
    return 'masked';
  },
  open(material, config, published) {
    const texts = requireTexts(material, requireTextModel(published, config.dataset.problem_type));
    modelFromConfig(published.config, 'masked');
    requireLoss(config, losses);
    const maskId = requireMask(texts.tokenizer).id;
    const found = once(() => unreadColumns(texts.tables.training, config.dataset.answer_column));
    return {
      labels: null,
      head: 'masked',
      classes: () => null,
      fit(model, tuning, config, sample): FittedLesson {
        requireNoOtherMask(config);
        const textModel = requireTextModel(model);
        const rows = sample ? requireTexts(sample, textModel) : texts;
        const positions = rowPositions(textModel, tuning, config);
        const vocabularySize = Math.min(rows.tokenizer.vocabularySize, textModel.vocabularySize);
        const { padTokenId: padId } = rows.tokenizer;
        const reading = maskedReading(
          rows.tokenizer,
          { share: config.augmentation.mlm_probability, maskId, padId, vocabularySize },
          maximumLength(config, positions),
        );
        return fittedTexts(rows, config, positions, reading, found());
      },
    };
  },
};

/** @throws AppError 'setting-unsupported' */
function requireNoOtherMask({ augmentation }: TaskSettings): void {
  const key = 'augmentation.token_mask_probability';
  const value = augmentation.token_mask_probability;
  if (value !== 0)
    throw new AppError('setting-unsupported', { key, value, supported: because`0 (this task masks tokens itself)` });
}
