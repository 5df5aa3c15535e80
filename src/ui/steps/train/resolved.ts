import type { Format } from '../../format.ts';
import type { Studio } from '../../store.ts';
import type { Messages } from '../../text/en.ts';

type Resolve = (state: Studio, words: Messages, format: Format) => string | undefined;

const warmup: Resolve = ({ config: { training }, dataPreview: { value } }, words, format) => {
  if (value === null || value.totalSteps === 0) return undefined;
  const { warmup_steps: steps, warmup_ratio: ratio, warmup_epochs: epochs } = training;
  const warm = steps || Math.ceil(ratio * value.totalSteps) || Math.ceil(epochs * value.stepsPerEpoch);
  return words.resolved.warmup(format.count(warm), format.count(value.totalSteps));
};

const duration: Resolve = ({ dataPreview: { value } }, words, format) =>
  value ? words.train.resolvedSteps(format.count(value.totalSteps), format.count(value.stepsPerEpoch)) : undefined;

const rowsAnUpdate: Resolve = ({ config: { training } }, words, format) =>
  words.train.resolvedTokens(format.count(training.batch_size * training.grad_accumulation));

const filled: Resolve = ({ dataPreview: { value } }, words, format) =>
  value?.batchLength
    ? words.data.padding(format.percent(1 - value.fillRatio), format.count(value.batchLength))
    : undefined;

/** What the value of a setting comes to with this model and this data, for the settings that come to something. */
export const resolved: Readonly<Record<string, Resolve>> = {
  max_steps: duration,
  epochs: duration,
  batch_size: rowsAnUpdate,
  grad_accumulation: rowsAnUpdate,
  packing: filled,
  padding_quantile: filled,
  warmup_steps: warmup,
  warmup_ratio: warmup,
  warmup_epochs: warmup,
  max_length: ({ dataPreview: { value } }, words, format) =>
    value ? words.resolved.cut(format.count(value.truncatedRows)) : undefined,
  lora_alpha: ({ config: { tuning } }, words, format) => {
    const scale = tuning.lora_alpha / (tuning.use_rslora ? Math.sqrt(tuning.lora_r) : tuning.lora_r);
    return words.resolved.scale(format.value(scale));
  },
  lora_r: ({ tuning: { value } }, words, format) =>
    value ? words.layers.trainedNow(format.short(value.trainedParameters), format.percent(share(value))) : undefined,
  evaluation_epochs: ({ config: { training }, dataPreview: { value } }, words, format) =>
    value?.stepsPerEpoch
      ? words.resolved.every(format.count(Math.max(1, Math.round(training.evaluation_epochs * value.stepsPerEpoch))))
      : undefined,
};

const share = ({ trainedParameters, totalParameters }: { trainedParameters: number; totalParameters: number }) =>
  trainedParameters / totalParameters;
