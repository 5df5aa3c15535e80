import type { RunConfig } from '../../training/config/run-config.ts';
import { startConfig } from '../start-config.ts';
import { usualLoss } from './facts.ts';

/** The settings of a run, for pairs of answers: their columns, their usual loss, and nothing that they refuse. */
export function asPreferences(config: RunConfig, table: string): RunConfig {
  const { dataset: usual, training, tokenizer, augmentation } = startConfig;
  const { prompt_template, prompt_column_separator, text_prompt_start, text_answer_separator } = config.dataset;
  const { add_eos_token_to_prompt, add_eos_token_to_answer } = config.dataset;
  return {
    ...config,
    dataset: {
      ...usual,
      ...{ prompt_template, prompt_column_separator, text_prompt_start, text_answer_separator },
      ...{ add_eos_token_to_prompt, add_eos_token_to_answer },
      ...{ train_dataframe: table, problem_type: 'preference', prompt_column: ['prompt'] },
      ...{ answer_column: 'chosen', rejected_answer_column: 'rejected' },
    },
    tokenizer: { ...config.tokenizer, packing: tokenizer.packing, padding_quantile: tokenizer.padding_quantile },
    augmentation,
    training: {
      ...config.training,
      ...{ loss_function: usualLoss('preference'), recipe: training.recipe, label_smoothing: training.label_smoothing },
    },
  };
}
