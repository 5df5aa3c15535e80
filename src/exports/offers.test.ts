/** What is offered is what works: of every golden model, whatever is trained of it, in every form of weights. */
import { describe, expect, test } from 'vitest';
import { goldenRun, sampledGoldenNames } from '../testing/golden-run.ts';
import { startValues } from '../training/session/start-values.ts';
import { initialValues } from '../tuning/initial.ts';
import { resolveTuning } from '../tuning/resolve.ts';
import { factsOfTuned, offersOf, offersOfRead, type TargetName, targets, weightsAlone } from './targets.ts';

async function runOf(name: string) {
  const { open: base, config } = await goldenRun(name);
  const tuning = resolveTuning(base.model, config.tuning, config.training.learning_rate);
  const own = new Map(tuning.adapterParameters.map((parameter) => [parameter.name, parameter]));
  const read = async (key: string) => {
    const parameter = own.get(key);
    if (!parameter) return startValues(base, key, 0);
    const size = parameter.shape.reduce((a, b) => a * b, 1);
    return initialValues({ name: key, shape: [size], init: { kind: 'normal', deviation: 0.1 } }, 0);
  };
  const tuned = { base, baseName: `owner/${name}`, tuning };
  return { run: weightsAlone(tuned, read), facts: factsOfTuned(tuned) };
}

describe.each(sampledGoldenNames())('%s', (name) => {
  test('every form that is offered begins to be written, every other is refused with one that is', async () => {
    const { run, facts } = await runOf(name);
    const offers = await offersOfRead(run, facts);
    const offered = new Set(offers.flatMap(({ target, refusal }) => (refusal ? [] : [target])));
    for (const { target, holds, refusal } of offers) {
      if (holds === 'run' || target === 'cluster') continue;
      if (refusal) {
        const { text } = refusal.params.instead as { text: string };
        expect(offered, `${target}: ${text}`).toContain(text.replace('--to ', ''));
      } else await expect(targets[target].write(run), target).resolves.toBeDefined();
    }
  });
});

test.each([
  ['llama-lora-embedding', 'gguf-lora', 'which is the token embedding', 'gguf-q8'],
  ['qwen2-lora-bias', 'gguf-lora', 'was trained beside the matrices', 'gguf-q8'],
  ['qwen2-lora-bias', 'mlx', 'weights of the base were trained', 'merged'],
  ['gemma4-lora', 'gguf-lora', 'adds no LoRA to model.per_layer_model_projection', 'merged'],
  ['smollm3-lora', 'gguf-f16', 'other layers than every fourth', 'merged'],
] as const)('of %s %s is refused before it is written, and %s', async (name, target, reason, instead) => {
  const { facts } = await runOf(name);
  const refusal = targets[target].refuses(facts);
  expect(refusal?.message).toContain(reason);
  expect(refusal?.params.instead).toEqual({ text: `--to ${instead}`, values: [] });
  const found = offersOf(facts).find((offer) => offer.target === (target as TargetName));
  expect(found?.refusal?.params).toEqual(refusal?.params);
});
