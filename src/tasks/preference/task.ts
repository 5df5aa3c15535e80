import { columnFacts } from '../../data/column-facts.ts';
import { chosenNames, named, promptNames, rejectedNames, rejectedPromptNames } from '../../data/column-names.ts';
import type { ColumnGuess, TableRows } from '../../data/columns.ts';
import { promptFormat } from '../../data/prompt-format.ts';
import { AppError, because } from '../../errors.ts';
import { requireTextModel } from '../../models/model.ts';
import { maximumLength, rowPositions } from '../lengths.ts';
import { requireLoss, tokenLoss } from '../losses.ts';
import { requireTexts } from '../material.ts';
import type { TaskSettings } from '../settings.ts';
import type { FittedLesson, OpenSettings, Task } from '../task.ts';
import { fittedTexts } from '../texts/prepare.ts';
import { lossOf, pairLosses, preferenceLosses, smoothedLosses } from './losses.ts';
import { preferenceObjective } from './objective.ts';
import { type PairSettings, pairReading } from './reading.ts';

const head = 'preference';

type PairedSettings = Pick<TaskSettings, 'dataset' | 'tokenizer' | 'augmentation' | 'training'>;

/**
 * What would change the text of which the reference was taken, makes no pairs, or would be left unread.
 * @throws AppError 'run-config-invalid'
 */
function requirePairs({ dataset, tokenizer, augmentation, training }: PairedSettings): void {
  const invalid = (key: string, reason: ReturnType<typeof because>) =>
    new AppError('run-config-invalid', { key, reason });
  if (tokenizer.packing)
    throw invalid('tokenizer.packing', because`the two answers of a pair need a row each, so rows cannot be packed`);
  if (augmentation.token_mask_probability > 0)
    throw invalid(
      'augmentation.token_mask_probability',
      because`pairs are scored once before training, so their tokens cannot be masked`,
    );
  if (tokenizer.padding_quantile !== 1)
    throw invalid(
      'tokenizer.padding_quantile',
      because`pairs are scored whole, so each batch is padded to its longest row: set it to 1`,
    );
  if (!dataset.mask_prompt_labels)
    throw invalid(
      'dataset.mask_prompt_labels',
      because`what is learned of a prompt follows from the loss: switch it on`,
    );
  const loss = lossOf(training.loss_function);
  if (training.label_smoothing !== 0 && !smoothedLosses.includes(loss))
    throw invalid(
      'training.label_smoothing',
      because`${loss} has no label smoothing: set it to 0, or choose one of ${smoothedLosses.join(', ')}`,
    );
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

/** The better and the worse answer by their names; null where no column is called so. */
function pairColumns(table: Pick<TableRows, 'columns' | 'rows'>): ColumnGuess | null {
  const facts = columnFacts(table);
  const [chosen, rejected] = [named(facts, chosenNames), named(facts, rejectedNames)];
  if (!chosen || !rejected) return null;
  const prompt = named(facts, promptNames);
  const other = named(facts, rejectedPromptNames);
  const used = [prompt, chosen, rejected, other].flatMap((column) => column?.name ?? []);
  return {
    prompt_column: prompt ? [prompt.name] : [],
    answer_column: chosen.name,
    rejected_answer_column: rejected.name,
    rejected_prompt_column: other?.name ?? '',
    reasons: Object.fromEntries(used.map((name) => [name, because`by its name`])),
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
