import type { AugmentationSettings } from '../data/augment.ts';
import type { ChainColumns } from '../data/chains.ts';
import type { ColumnMapping } from '../data/columns.ts';
import type { PromptSettings } from '../data/prompt-templates.ts';
import type { SplitSettings } from '../data/split.ts';
import type { ProblemType } from './problem-types.ts';

/** What of a run config tasks read; sections and names as there. */
export interface TaskSettings {
  readonly dataset: ColumnMapping &
    ChainColumns &
    PromptSettings &
    SplitSettings & {
      readonly problem_type: ProblemType;
      /** 0: as many as the labels are. */
      readonly num_classes: number;
      readonly mask_prompt_labels: boolean;
      readonly only_last_answer: boolean;
      readonly limit_chained_samples: boolean;
      readonly drop_duplicates: boolean;
      readonly data_sample: number;
      readonly data_sample_choice: readonly string[];
    };
  readonly tokenizer: {
    readonly max_length: number;
    readonly max_length_prompt: number;
    readonly max_length_answer: number;
    readonly padding_quantile: number;
    readonly packing: boolean;
    readonly allow_truncation: boolean;
  };
  readonly augmentation: AugmentationSettings & {
    readonly token_mask_probability: number;
    readonly mlm_probability: number;
    readonly neftune_noise_alpha: number;
  };
  readonly architecture: { readonly intermediate_dropout: number };
  readonly training: {
    readonly loss_function: string;
    readonly label_smoothing: number;
    readonly desirable_weight: number;
    readonly undesirable_weight: number;
    readonly batch_size: number;
    readonly grad_accumulation: number;
    readonly shuffle: boolean;
    readonly drop_last_batch: boolean;
    readonly train_validation_data: boolean;
  };
  readonly logging: { readonly eval_batch_size: number };
  /** A seed that was drawn: not −1. */
  readonly environment: { readonly seed: number };
}
