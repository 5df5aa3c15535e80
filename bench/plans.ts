/**
 * What a LoRA step takes at the published sizes of `src/models/golden/published.json`, as a table: npx tsx bench/plans.ts [NAME …]
 * Rank 16 on every linear layer, 1 × 512 tokens, layers computed again. Processor time: the least of eight plans of a step,
 * and of all that a change of a setting plans (step, update, evaluation).
 */
import published from '../src/models/golden/published.json';
import { supportedModelTypes } from '../src/models/registry.ts';
import { planProgram } from '../src/plan/plan.ts';
import { desktop } from '../src/plan/profile.ts';
import { parseRunConfig } from '../src/training/config/run-config.ts';
import { microStepProgram } from '../src/training/programs/programs.ts';
import { modelFromConfigAlone, planRun } from '../src/training/session/plan-run.ts';
import { resolveTuning } from '../src/tuning/resolve.ts';

const runWith = (weights: 'as-published' | 'nf4') =>
  parseRunConfig({
    model: { weights },
    tokenizer: { max_length: 512 },
    architecture: { gradient_checkpointing: 'on' },
    tuning: { lora_r: 16, lora_dropout: 0, lora_target_modules: 'all-linear' },
    training: { batch_size: 1 },
  });
const [whole, quantised] = [runWith('as-published'), runWith('nf4')];

function leastMs(call: () => void): number {
  const times = Array.from({ length: 8 }, () => {
    const before = process.cpuUsage();
    call();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.round(Math.min(...times));
}

const gibibytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(2);

console.log(
  '| model | type | parameters | GiB | GiB in NF4 | dispatches | ms, step | ms, all |\n|---|---|---|---|---|---|---|---|',
);
const names = process.argv.slice(2);
const isWanted = ({ name, config }: (typeof published)[number]): boolean =>
  supportedModelTypes.includes(config.model_type) && (names.length === 0 || names.includes(name));
for (const { name, config, parameters } of published.filter(isWanted)) {
  const options = { ...modelFromConfigAlone(config), profile: desktop };
  const { step } = planRun(whole, options);
  const tuning = resolveTuning(options.model, whole.tuning);
  const make = () =>
    planProgram(
      microStepProgram(options.model, tuning, options.dtypes, { batchSize: 1, length: 512 }, 'blocks'),
      desktop,
    );
  const columns = [
    ...[name, `\`${config.model_type}\``, parameters.toLocaleString('en')],
    ...[gibibytes(step.peakBytes), gibibytes(planRun(quantised, options).step.peakBytes), step.dispatches],
    ...[leastMs(make), leastMs(() => planRun(whole, options))],
  ];
  console.log(`| ${columns.join(' | ')} |`);
}
