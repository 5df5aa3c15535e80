/**
 * What runs of published sizes take, for docs/scaling.md: `npx tsx bench/cluster-sizes.ts`. Plans alone: no weights, no GPU.
 */
import { bytesInWords } from '../src/cli/print.ts';
import { profiles } from '../src/plan/profile.ts';
import { parseRunConfig } from '../src/training/config/run-config.ts';
import { modelFromConfigAlone, planRun, type RunPlan } from '../src/training/session/plan-run.ts';

const qwen3 = {
  ...{ model_type: 'qwen3', vocab_size: 151936, head_dim: 128, num_key_value_heads: 8, dtype: 'bfloat16' },
  ...{ rms_norm_eps: 1e-6, rope_theta: 1e6, max_position_embeddings: 40960 },
};

/** The shapes in the config.json of Qwen3, and of Llama 3.1 70B. */
const models = {
  'Qwen3-0.6B': {
    ...{ ...qwen3, hidden_size: 1024, intermediate_size: 3072, num_hidden_layers: 28 },
    ...{ num_attention_heads: 16, tie_word_embeddings: true },
  },
  'Qwen3-1.7B': {
    ...{ ...qwen3, hidden_size: 2048, intermediate_size: 6144, num_hidden_layers: 28 },
    ...{ num_attention_heads: 16, tie_word_embeddings: true },
  },
  'Qwen3-4B': {
    ...{ ...qwen3, hidden_size: 2560, intermediate_size: 9728, num_hidden_layers: 36 },
    ...{ num_attention_heads: 32, tie_word_embeddings: true },
  },
  'Qwen3-8B': {
    ...{ ...qwen3, hidden_size: 4096, intermediate_size: 12288, num_hidden_layers: 36 },
    ...{ num_attention_heads: 32, tie_word_embeddings: false },
  },
  'Qwen3-32B': {
    ...{ ...qwen3, hidden_size: 5120, intermediate_size: 25600, num_hidden_layers: 64 },
    ...{ num_attention_heads: 64, tie_word_embeddings: false },
  },
  'Llama-3.1-70B': {
    ...{ model_type: 'llama', vocab_size: 128256, hidden_size: 8192, intermediate_size: 28672, num_hidden_layers: 80 },
    ...{ num_attention_heads: 64, num_key_value_heads: 8, rms_norm_eps: 1e-5, rope_theta: 5e5, dtype: 'bfloat16' },
    ...{ max_position_embeddings: 131072, tie_word_embeddings: false },
  },
};

/** One row of 1,024 tokens at a time, layers computed again in the backward pass. */
const shared = {
  tokenizer: { max_length: 1024 },
  training: { batch_size: 1 },
  dataset: { validation_strategy: 'none' },
  architecture: { gradient_checkpointing: 'on' },
};
const tunings = {
  'LoRA, base in NF4': { model: { weights: 'nf4' }, tuning: { lora_r: 16, lora_target_modules: 'all-linear' } },
  'LoRA, base in bf16': { tuning: { lora_r: 16, lora_target_modules: 'all-linear' } },
  full: { tuning: { method: 'full' } },
};

const any = Number.MAX_SAFE_INTEGER;
const GiB = 2 ** 30;

/** FLOP a second that are assumed, and how many cards share them; nothing of this is measured. */
const places = {
  // What the plan assumes of a desktop card in a browser.
  'a tab': { rate: profiles.desktop.flopsPerSecond, cards: 1 },
  // 989 TFLOP/s of an H100 in bfloat16, dense, as its maker states, of which so much is used.
  'one card': { rate: 0.4 * 989e12, cards: 1 },
  'eight cards': { rate: 0.35 * 989e12, cards: 8 },
  'four nodes': { rate: 0.3 * 989e12, cards: 32 },
};

const plans: string[] = [];
const speeds: string[] = [];
const shares: string[] = [];
for (const [name, json] of Object.entries(models)) {
  for (const [how, settings] of Object.entries(tunings)) {
    const config = parseRunConfig({ ...shared, ...settings });
    // Devices other than a browser's bind buffers of any size.
    const profile = { ...profiles.desktop, maxBufferSize: any, maxStorageBufferBindingSize: any };
    const plan = planRun(config, { ...modelFromConfigAlone(json, config), profile });
    console.error(name, how);
    plans.push(`| ${name} | ${how} | ${planned(plan).join(' | ')} |`);
    if (how.includes('NF4')) continue;
    const what = how.replace(', base in bf16', '');
    speeds.push(
      `| ${name} | ${how} | ${Object.values(places)
        .map((place) => speed(plan, place))
        .join(' | ')} |`,
    );
    shares.push(`| ${name} | ${what} | ${[1, 8, 16, 32].map((cards) => shareOf(plan, cards)).join(' | ')} |`);
  }
}
const placeNames = Object.keys(places).join(' | ');
console.log(
  [
    '| model | what is trained | trained | weights | gradients | moments | rest | in all | FLOP a token |',
    '|---|---|---|---|---|---|---|---|---|',
    ...plans,
    '',
  ].join('\n'),
);
console.log(
  ['| model | what is trained | on 1 card | on 8 | on 16 | on 32 |', '|---|---|---|---|---|---|', ...shares, ''].join(
    '\n',
  ),
);
console.log([`| model | what is trained | ${placeNames} |`, '|---|---|---|---|---|---|', ...speeds].join('\n'));

/** What the plan counts, in the browser: a frozen base as published, what is trained in float32. */
function planned({ step, trainedParameters, batchSize, length }: RunPlan): string[] {
  const { peakByKind: kinds } = step;
  const weights = kinds.weight + kinds.trained;
  const named = weights + kinds.gradient + kinds.optimizer;
  const parts = [weights, kinds.gradient, kinds.optimizer, step.peakBytes - named, step.peakBytes];
  const perToken = step.flops / (batchSize * length);
  return [`${(trainedParameters / 1e6).toFixed(1)} M`, ...parts.map(bytesInWords), `${(perToken / 1e9).toFixed(1)} G`];
}

/** GiB a card where train.py keeps everything in float32: 4 bytes a frozen parameter, 16 a trained one, shared out. */
function shareOf({ totalParameters, trainedParameters }: RunPlan, cards: number): string {
  return ((4 * totalParameters + 12 * trainedParameters) / cards / GiB).toFixed(1);
}

/** Tokens a second, and card-hours a million tokens. */
function speed(
  { step, batchSize, length }: RunPlan,
  { rate, cards }: { readonly rate: number; readonly cards: number },
) {
  const tokens = (rate * cards) / (step.flops / (batchSize * length));
  return `${Number(tokens.toPrecision(2)).toLocaleString('en')} (${((cards * 1e6) / tokens / 3600).toPrecision(2)})`;
}
