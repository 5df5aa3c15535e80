import type { RunConfig } from '../training/config/run-config.ts';
import type { Candidate } from './use-estimates.ts';

/** What can be done about memory without changing what is trained, or, last, by training less. */
export const leverNames = ['nf4', 'checkpointing', 'batch', 'length', 'adamw8bit', 'lora'] as const;
export type LeverName = (typeof leverNames)[number];

export interface Lever extends Candidate {
  readonly id: LeverName;
}

const shortest = 32;

/** The levers that are still free in a config, each with the config that pulls it. Whether it helps, its plan says. */
export function leversOf(config: RunConfig): Lever[] {
  const { model, architecture, training, tokenizer, tuning } = config;
  const levers: Lever[] = [];
  const add = (id: LeverName, changed: Partial<RunConfig>) => levers.push({ id, config: { ...config, ...changed } });
  if (model.weights === 'as-published' || model.weights === 'int8') add('nf4', { model: { ...model, weights: 'nf4' } });
  if (architecture.gradient_checkpointing !== 'on') {
    add('checkpointing', { architecture: { ...architecture, gradient_checkpointing: 'on' } });
  }
  if (training.batch_size > 1) add('batch', { training: withBatchOfOne(training) });
  if (tokenizer.max_length >= 2 * shortest) {
    add('length', { tokenizer: { ...tokenizer, max_length: Math.floor(tokenizer.max_length / 2) } });
  }
  if (training.optimizer === 'AdamW') add('adamw8bit', { training: { ...training, optimizer: 'AdamW8bit' } });
  if (tuning.method === 'full') {
    add('lora', { tuning: { ...tuning, method: 'lora', train_parameters: [], lora_target_modules: '' } });
  }
  return levers;
}

/** One row at a time, and as many rows an update as before. */
function withBatchOfOne(training: RunConfig['training']): RunConfig['training'] {
  return { ...training, batch_size: 1, grad_accumulation: training.grad_accumulation * training.batch_size };
}

export type Fit = 'fits' | 'tight' | 'too-big';

/** Above this share of the budget a run leaves little room for what else uses the GPU. */
const tightShare = 0.85;

export function fitOf(peakBytes: number, budget: number): Fit {
  if (peakBytes > budget) return 'too-big';
  return peakBytes > tightShare * budget ? 'tight' : 'fits';
}
