/**
 * What runs in Deno, whose WebGPU is wgpu, the engine of Firefox: reference cases and trainings. Says each result as a
 * line of JSON (`Result`). Arguments: take every n-th case, updates of each training.
 */
// Deno only loads a linked package that it has seen in an import of ours; @huggingface/transformers imports this one.
import '../../scripts/empty-package/index.js';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { nodeFiles } from '../../src/cli/node-files.ts';
import { toAppError } from '../../src/errors.ts';
import { checkExecutor } from '../../src/graph/reference/cases.ts';
import { casesFor, type KernelForm } from '../../src/testing/kernel-cases.ts';
import { requestDevice } from '../../src/webgpu/device.ts';
import { createWebGpuExecutor } from '../../src/webgpu/executor.ts';
import { type Trained, type TrainingName, trainExample, trainingNames } from './trainings.ts';

/** `null`: it passed. */
export type Result =
  | { readonly kind: 'adapter'; readonly description: string }
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'case'; readonly name: string; readonly error: string | null }
  | ({ readonly kind: 'training'; readonly name: TrainingName } & (Trained | { readonly error: string }));

const [everyNth, steps] = process.argv.slice(2).map(Number) as [number, number];
const say = (result: Result): void => console.log(JSON.stringify(result));
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function runCases(form: KernelForm, first: number): Promise<void> {
  const gpu = await requestDevice(navigator.gpu);
  const executor = createWebGpuExecutor({ ...gpu, profile: { ...gpu.profile, software: form === 'direct' } });
  for (const opCase of casesFor(form).filter((_, index) => index % everyNth === first)) {
    const error = await checkExecutor(executor, opCase).then(() => null, wordsOf);
    say({ kind: 'case', name: `${form}: ${opCase.name}`, error });
  }
  executor.dispose();
}

async function runTrainings(): Promise<void> {
  const folder = fileURLToPath(new URL('../../public/example/', import.meta.url));
  const files = { folder: nodeFiles(folder), model: nodeFiles(`${folder}/model`) };
  for (const name of trainingNames) {
    const executor = createWebGpuExecutor(await requestDevice(navigator.gpu));
    try {
      say({ kind: 'training', name, ...(await trainExample(name, { executor, ...files, steps })) });
    } catch (error) {
      say({ kind: 'training', name, error: wordsOf(error) });
    }
    executor.dispose();
  }
}

try {
  const { description, health } = await requestDevice(navigator.gpu);
  say({ kind: 'adapter', description });
  health.destroy();
} catch (error) {
  say({ kind: 'unavailable', reason: toAppError(error).message });
  process.exit(0);
}
await runTrainings();
await runCases('direct', 0);
await runCases('staged', everyNth >> 1);
process.exit(0);
