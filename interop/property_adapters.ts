/**
 * The studio's side of property_adapters.py: node --import tsx interop/property_adapters.ts FOLDER
 *
 * For each line of FOLDER/cases.jsonl: reads the adapter that PEFT made and writes its logits, and makes one of the same
 * settings with random values, writes it as a run would, with its logits, and merged. Writes FOLDER/results.jsonl.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeDirectory } from '../src/cli/node-directory.ts';
import { nodeFiles } from '../src/cli/node-files.ts';
import { AppError } from '../src/errors.ts';
import type { StreamedFile } from '../src/exports/target.ts';
import { trainedPart } from '../src/exports/targets.ts';
import { wholeModel } from '../src/exports/whole-model.ts';
import { writeSafetensors } from '../src/files/safetensors-write.ts';
import { modelLogits } from '../src/generation/logits.ts';
import { referenceExecutor } from '../src/testing/reference-executor.ts';
import { parseRunConfig } from '../src/training/config/run-config.ts';
import { readFloats } from '../src/training/run/checkpoint.ts';
import { adapterHead, openAdapter } from '../src/training/session/adapter-tuning.ts';
import { freshAdapterValues } from '../src/training/session/load.ts';
import { createModelSession } from '../src/training/session/model-session.ts';
import { type OpenModel, openModel, openWithHead } from '../src/training/session/open-model.ts';
import { startValues } from '../src/training/session/start-values.ts';
import { initialValues } from '../src/tuning/initial.ts';
import { resolveTuning } from '../src/tuning/resolve.ts';
import type { Tuning } from '../src/tuning/tuning.ts';

interface Case {
  readonly name: string;
  readonly base: string;
  readonly ids: readonly number[];
  /** PEFT could make an adapter, which lies in `peft`. */
  readonly madeByPeft: boolean;
  /** The `tuning` section of a run config. */
  readonly tuning: Readonly<Record<string, unknown>>;
}

type Values = Map<string, Float32Array<ArrayBuffer>>;

const root = process.argv[2]!;
const opened = new Map<string, OpenModel>();

async function baseOf(folder: string): Promise<OpenModel> {
  const open = opened.get(folder) ?? (await openModel(nodeFiles(folder)));
  opened.set(folder, open);
  return open;
}

async function write(folder: string, files: readonly StreamedFile[]): Promise<void> {
  const directory = nodeDirectory(folder);
  for (const { path, parts } of files) await directory.write(path, parts);
}

async function writeLogits(folder: string, name: string, logits: Float32Array): Promise<void> {
  const data = new Float32Array(logits);
  const parts = [writeSafetensors([{ name: 'logits', dtype: 'F32', shape: [data.length], data }], {})];
  await nodeDirectory(folder).write(`${name}.safetensors`, parts);
}

/** Gives what a step did, or why it was refused; anything but an `AppError` is a defect. */
async function attempt<T>(step: () => Promise<T>): Promise<T | { readonly refused: string; readonly code: string }> {
  try {
    return await step();
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    return { refused: thrown.message, code: thrown.code };
  }
}

async function logitsOf(open: OpenModel, tuning: Tuning, values: Values, ids: readonly number[]) {
  const session = createModelSession({ executor: referenceExecutor(), open, tuning, values });
  return { session, logits: await modelLogits(session, ids) };
}

const startOf = (open: OpenModel, values: Values) => async (name: string) =>
  values.get(name) ?? startValues(open, name, 0);

/** What PEFT made, read. */
async function read({ base, ids }: Case, folder: string) {
  const files = nodeFiles(join(folder, 'peft'));
  const published = await baseOf(base);
  const open = openWithHead(published, await adapterHead(files, published.files));
  const { tuning, values } = await openAdapter(open, files);
  const { logits } = await logitsOf(open, tuning, values as Values, ids);
  await writeLogits(folder, 'read', logits);
  const merges = tuning.adapter.merged !== undefined;
  if (merges) await write(join(folder, 'read-merged'), await wholeModel(open, tuning, startOf(open, values as Values)));
  return { modules: [...tuning.adapter.modules].sort(), trained: [...tuning.trained.keys()].sort(), merges };
}

/** The values of a trained adapter: what it starts from, moved at random so that every part of it matters. */
async function randomValues(open: OpenModel, tuning: Tuning, name: string): Promise<Values> {
  const values: Values = new Map();
  const moved = (start: Float32Array, key: string, deviation: number) => {
    const init = { kind: 'normal', deviation } as const;
    const steps = initialValues({ name: `${name}/${key}`, shape: [start.length], init }, 0);
    return start.map((value, index) => value + steps[index]!);
  };
  for (const parameter of tuning.adapterParameters) {
    const start = await freshAdapterValues({ open, seed: 1, encode: undefined }, parameter);
    values.set(parameter.name, new Float32Array(parameter.frozen ? start : moved(start, parameter.name, 0.3)));
  }
  for (const key of tuning.trained.keys())
    values.set(key, new Float32Array(moved(await startValues(open, key, 1), key, 0.1)));
  return values;
}

/** The same settings, made here. */
async function make({ name, base, ids, tuning: settings }: Case, folder: string) {
  const open = await baseOf(base);
  const { tuning: section } = parseRunConfig({ model: { llm_backbone: base }, tuning: settings });
  const tuning = resolveTuning(open.model, section, 1e-3);
  const values = await randomValues(open, tuning, name);
  const { session, logits } = await logitsOf(open, tuning, values, ids);
  await writeLogits(folder, 'made', logits);
  await write(
    join(folder, 'adapter'),
    await trainedPart({ base: open, baseName: base, tuning }, (key) => readFloats(session.session, key)),
  );
  const files = nodeFiles(join(folder, 'adapter'));
  const again = await openAdapter(openWithHead(open, await adapterHead(files, open.files)), files);
  const back = await logitsOf(open, again.tuning, again.values as Values, ids);
  await writeLogits(folder, 'read-back', back.logits);
  const merges = tuning.adapter?.merged !== undefined;
  if (merges) await write(join(folder, 'merged'), await wholeModel(open, tuning, startOf(open, values)));
  return { modules: [...(tuning.adapter?.modules ?? [])].sort(), trained: [...tuning.trained.keys()].sort(), merges };
}

for (const line of readFileSync(join(root, 'cases.jsonl'), 'utf8').trim().split('\n')) {
  const test: Case = JSON.parse(line);
  const folder = join(root, test.name);
  const result: Record<string, unknown> = { name: test.name };
  try {
    if (test.madeByPeft) result.read = await attempt(() => read(test, folder));
    result.made = await attempt(() => make(test, folder));
  } catch (thrown) {
    result.defect = thrown instanceof Error ? thrown.stack : String(thrown);
  }
  appendFileSync(join(root, 'results.jsonl'), `${JSON.stringify(result)}\n`);
}
