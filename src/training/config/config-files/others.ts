import { AppError, because, type Reason } from '../../../errors.ts';

type Parsed = Readonly<Record<string, unknown>>;
const has = (parsed: Parsed, ...keys: readonly string[]): boolean => keys.every((key) => key in parsed);
export const isSection = (value: unknown): value is Parsed =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Programs whose settings are known by their keys and not taken over. */
const programs: readonly (readonly [name: string, is: (parsed: Parsed) => boolean])[] = [
  ['torchtune', (parsed) => Object.values(parsed).some((value) => isSection(value) && '_component_' in value)],
  [
    'ms-swift',
    (parsed) =>
      ['tuner_type', 'train_type', 'sft_type'].some((key) => key in parsed) ||
      (typeof parsed.model === 'string' && 'output_dir' in parsed),
  ],
  [
    'Unsloth Studio',
    ({ training, lora }) =>
      isSection(training) &&
      (isSection(lora) || ['training_type', 'max_seq_length', 'random_seed'].some((key) => key in training)),
  ],
  ['DeepSpeed', (parsed) => 'zero_optimization' in parsed || 'train_micro_batch_size_per_gpu' in parsed],
  ['Accelerate', (parsed) => has(parsed, 'compute_environment', 'distributed_type')],
  ['AutoTrain', (parsed) => has(parsed, 'task', 'base_model', 'data')],
];

/** Other files that lie beside a model or a run and are easily taken for one of settings. */
const files: readonly (readonly [what: Reason, is: (parsed: Parsed) => boolean])[] = [
  [because`the adapter_config.json of a PEFT adapter`, (parsed) => 'peft_type' in parsed],
  [
    because`the config.json of a model`,
    (parsed) => has(parsed, 'model_type') && ('architectures' in parsed || 'hidden_size' in parsed),
  ],
  [because`the trainer_state.json of a finished run`, (parsed) => 'log_history' in parsed],
  [because`a tokenizer`, (parsed) => 'added_tokens_decoder' in parsed || has(parsed, 'added_tokens', 'model')],
];

/** @throws AppError 'settings-of-another', 'not-settings' */
export function refuseOthers(parsed: Parsed, file: string): void {
  const [program] = programs.find(([, is]) => is(parsed)) ?? [];
  if (program) throw new AppError('settings-of-another', { file, program });
  const [what] = files.find(([, is]) => is(parsed)) ?? [];
  if (what) throw new AppError('not-settings', { file, what });
}
