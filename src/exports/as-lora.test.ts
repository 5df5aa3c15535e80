import { describe, expect, test } from 'vitest';
import { readPeft } from '../files/peft.ts';
import { openSafetensors } from '../files/safetensors.ts';
import { modelLogits } from '../generation/logits.ts';
import { goldenRun } from '../testing/golden-run.ts';
import { referenceExecutor } from '../testing/reference-executor.ts';
import { written } from '../testing/written.ts';
import { openAdapter } from '../training/session/adapter-tuning.ts';
import { createModelSession } from '../training/session/model-session.ts';
import type { OpenModel } from '../training/session/open-model.ts';
import { startValues } from '../training/session/start-values.ts';
import { initialValues } from '../tuning/initial.ts';
import type { ReadValues } from '../tuning/method.ts';
import { resolveTuning, type TuningSettings } from '../tuning/resolve.ts';
import type { Tuning } from '../tuning/tuning.ts';
import { lora } from './lora.ts';
import { mergedModel } from './merged-tensors.ts';
import { weightsAlone } from './targets.ts';

/** A model with what a training might have made of it: every trained value moved at random. */
async function moved(name: string, settings?: TuningSettings) {
  const { open: base, config } = await goldenRun(name);
  const tuning = resolveTuning(base.model, settings ?? config.tuning, 1e-3);
  const values = new Map<string, Float32Array<ArrayBuffer>>();
  const step = (key: string, start: Float32Array, deviation: number) => {
    const init = { kind: 'normal', deviation } as const;
    const steps = initialValues({ name: key, shape: [start.length], init }, 5);
    return start.map((value, index) => value + steps[index]!);
  };
  const read: ReadValues = async (key) => {
    const parameter = tuning.adapterParameters.find((each) => each.name === key);
    const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
    const found =
      values.get(key) ??
      (parameter
        ? step(key, new Float32Array(size(parameter.shape)).fill(parameter.frozen ? 0 : 0.9), 0.3)
        : step(key, await startValues(base, key, 0), 0.1));
    values.set(key, new Float32Array(found));
    return values.get(key)!;
  };
  return { base, tuning, read };
}

const ids = [5, 23, 15, 40, 7];
const logitsOf = (open: OpenModel, tuning: Tuning, values: ReadonlyMap<string, Float32Array>) =>
  modelLogits(createModelSession({ executor: referenceExecutor(), open, tuning, values } as never), ids);

async function exported(name: string, rank: number, settings?: TuningSettings) {
  const { base, tuning, read } = await moved(name, settings);
  const tuned = { base, baseName: 'owner/name', tuning };
  let kept = Number.NaN;
  const files = await written(
    await lora.write(weightsAlone(tuned, read), {
      rank,
      onKept: (share) => {
        kept = share;
      },
    }),
  );
  return { base, tuning, read, files, kept };
}

/** All values that a tuning trains. */
async function valuesOf(tuning: Tuning, read: ReadValues) {
  const names = [...tuning.trained.keys(), ...tuning.adapterParameters.map(({ name }) => name)];
  return new Map(await Promise.all(names.map(async (name) => [name, await read(name)] as const)));
}

describe.each([
  ['llama-dora', undefined],
  ['llama-vera', undefined],
  ['gpt2-ia3', undefined],
  ['llama-full', { method: 'full', train_parameters: ['self_attn', 'mlp'].map((contains) => ({ contains })) }],
  ['gpt2-full', { method: 'full', train_parameters: [{ contains: 'h.1.' }, 'transformer.ln_f.weight'] }],
  ['bert-ia3', undefined],
] as const)('%s as LoRA of full rank', { timeout: 60_000 }, (name, settings) => {
  test('gives the logits of what was trained: nothing is dropped', async () => {
    const { base, tuning, read, files, kept } = await exported(name, 200, settings as TuningSettings | undefined);
    expect(kept).toBeGreaterThan(1 - 1e-5);
    const config = JSON.parse(await files.text('adapter_config.json'));
    expect(config).toMatchObject({ peft_type: 'LORA', use_dora: false, use_rslora: false });
    const again = await openAdapter(base, files);
    const [ours, theirs] = [
      await logitsOf(base, tuning, await valuesOf(tuning, read)),
      await logitsOf(base, again.tuning, again.values),
    ];
    const largest = Math.max(...ours.map(Math.abs));
    for (const [at, value] of ours.entries()) expect(Math.abs(theirs[at]! - value) / largest).toBeLessThan(1e-4);
  });
});

test('of a low rank the share that is said is that of the tensors, over all matrices', async () => {
  const { base, tuning, read, files, kept } = await exported('llama-dora', 2);
  const { tensors } = await readPeft(files);
  let [whole, lost] = [0, 0];
  for (const { info, changed } of mergedModel(base, tuning, read).tensors) {
    const [a, b] = ['A', 'B'].map((part) => tensors.get(`${info.module}.lora_${part}.weight`)?.data);
    if (!changed || !a || !b) continue;
    const [rows, columns] = info.shape as [number, number];
    const [before, after] = [await base.weights.readFloats(base.tensorOf(info.name)), await changed()];
    for (let at = 0; at < rows * columns; at++) {
      const [row, column] = [Math.floor(at / columns), at % columns];
      const delta = after[at]! - before[at]!;
      const ours = b[2 * row]! * a[column]! + b[2 * row + 1]! * a[columns + column]!;
      whole += delta ** 2;
      lost += (delta - ours) ** 2;
    }
  }
  expect(kept).toBeGreaterThan(0.3);
  expect(kept).toBeLessThan(0.999);
  expect(kept).toBeCloseTo(Math.sqrt(1 - lost / whole), 4);
  const readme = await files.text('README.md');
  expect(readme).toContain(`This keeps ${(100 * kept).toFixed(2)}%`);
  expect(readme).toContain('Trained with Atelier: DoRA');
});

test('what LoRA cannot hold goes beside it as PEFT saves modules: norms, the embedding with the head tied to it', async () => {
  const { files } = await exported('gpt2-full', 4, { method: 'full' });
  const { tensors } = await openSafetensors(files, 'adapter_model.safetensors');
  const config = JSON.parse(await files.text('adapter_config.json'));
  expect(config.modules_to_save).toEqual(
    expect.arrayContaining(['transformer.wte', 'lm_head', 'transformer.h.0.ln_1', 'transformer.wpe']),
  );
  expect([...tensors.keys()]).toEqual(
    expect.arrayContaining([
      'base_model.model.transformer.wte.weight',
      'base_model.model.lm_head.weight',
      'base_model.model.transformer.h.1.attn.c_attn.base_layer.bias',
      'base_model.model.transformer.h.1.attn.c_attn.lora_A.weight',
    ]),
  );
});

test('where no matrix changed there is nothing to make LoRA of', async () => {
  const settings = { method: 'full', train_parameters: [{ norms_only: true }] };
  await expect(exported('llama-full', 4, settings)).rejects.toMatchObject({ code: 'target-unfit' });
});
