import { AppError } from '../errors.ts';
import { adapterHubFiles, type HeadFacts } from '../files/adapterhub.ts';
import { changedJson } from '../files/changed-json.ts';
import type { Parts } from '../files/directory.ts';
import { bytesToF32, f32ToBytes } from '../files/half.ts';
import { type AdapterTensor, type PeftAdapter, peftFiles } from '../files/peft.ts';
import { floatDtype } from '../files/safetensors-header.ts';
import { weightFiles } from '../files/safetensors-shards.ts';
import { streamSafetensors, type TensorToStream } from '../files/safetensors-write.ts';
import { readJson } from '../files/source.ts';
import { type ClassifierTask, type Model, type ParameterInfo, tiedHeadModule } from '../models/model.ts';
import { classifierConfig, labelConfig } from '../models/sequence-classifier.ts';
import type { Adapter, ReadValues } from '../tuning/method.ts';
import { isInside } from '../tuning/resolve.ts';
import { toSaved } from '../tuning/saved.ts';
import { headModules } from '../tuning/target-modules.ts';
import { runningBuffer, type Tuning } from '../tuning/tuning.ts';
import { labelsName } from './adapter-tuning.ts';
import { readFloats } from './checkpoint.ts';
import type { ModelSession } from './model-session.ts';
import type { OpenModel } from './open-model.ts';

/** A file to write: its parts follow each other, and large ones are made only when their turn comes. */
export interface StreamedFile {
  readonly path: string;
  readonly parts: Parts;
}

/**
 * What a run gives away: a PEFT adapter (`adapter_config.json`, `adapter_model.safetensors`, `README.md`), base
 * parameters that were trained beside it included as saved modules; one of AdapterHub's where the method is; without an
 * adapter `changedWeights`.
 * @param baseName how others find the base: a Hub id or a path; null where it has no name
 * @throws AppError 'device-lost'
 */
export async function resultFiles(model: ModelSession, baseName: string | null): Promise<readonly StreamedFile[]> {
  const adapter = model.tuning?.adapter;
  if (adapter === undefined) return [changedWeights(model)];
  const { classifier } = model.open.model;
  const collected = await collectAdapter(model, adapter, baseName);
  const files =
    adapter.format === 'adapterhub'
      ? adapterHubFiles(collected, adapter, classifier && headFacts(classifier))
      : peftFiles(collected, adapter);
  // PEFT's config has no place for the names of classes.
  return classifier ? [...files, jsonFile(labelsName, labelConfig(classifier))] : files;
}

/** The adapter as it stands in the session. */
async function collectAdapter(
  { session, open, tuning }: ModelSession,
  adapter: Adapter,
  baseName: string | null,
): Promise<PeftAdapter> {
  const read = (name: string) => readFloats(session, name);
  const tensors = new Map<string, AdapterTensor>(await adapter.exported?.(read));
  if (!adapter.exported)
    for (const parameter of adapter.parameters)
      tensors.set(parameter.name, toSaved(parameter, await read(parameter.name)));
  if (adapter.format === 'adapterhub') {
    const trained = open.model.parameters.filter(({ name }) => tuning?.trained.has(name));
    for (const { name, shape } of trained) tensors.set(name, { shape, data: await read(name) });
    return { config: { ...adapter.peftConfig, model_name: baseName ?? '' }, tensors };
  }
  const savedModules = modulesSaved(open.model, tuning!, adapter);
  for (const info of open.model.parameters) {
    const { name, shape, module } = info;
    const isTrained = tuning?.trained.has(name) ?? false;
    if (!isTrained && !savedModules.has(module)) continue;
    const data = isTrained || open.fresh.has(name) ? await read(name) : await publishedFloats(open, name);
    for (const key of savedKeys(open.model, info, adapter)) tensors.set(key, { shape, data });
  }
  const config = {
    auto_mapping: null,
    base_model_name_or_path: baseName,
    inference_mode: true,
    modules_to_save: modulesToSave(open.model, savedModules),
    revision: null,
    task_type: open.model.classifier ? 'SEQ_CLS' : 'CAUSAL_LM',
    ...adapter.peftConfig,
  };
  return { config, tensors };
}

/**
 * The modules that PEFT is to keep a copy of. It wants every tensor of a module that it saves; biases alone have a setting
 * of their own, and an adapted module keeps what it had.
 */
function modulesSaved(model: Model, { trained }: Tuning, { modules, peftConfig }: Adapter): Set<string> {
  const tied = tiedHeadModule(model);
  const saved = model.parameters.flatMap(({ name, module }) => {
    if (!trained.has(name) || modules.has(module)) return [];
    if (peftConfig.bias === 'all' && name.endsWith('.bias')) return [];
    return tied && name === model.headParameter && !modules.has(tied) ? [module, tied] : [module];
  });
  return new Set(saved);
}

/**
 * What PEFT calls a parameter that is saved beside the adapter. Of an adapted module it lies in the `base_layer`. A table
 * that the head is tied to goes under the names of both, because PEFT would keep the head at the published table.
 */
function savedKeys(model: Model, { name, module }: ParameterInfo, { modules }: Adapter): string[] {
  const tied = name === model.headParameter ? tiedHeadModule(model) : undefined;
  return [module, ...(tied ? [tied] : [])].map((path) => {
    const tensor = name.slice(module.length + 1);
    return modules.has(path) ? `${path}.base_layer.${tensor}` : `${path}.${tensor}`;
  });
}

const publishedFloats = ({ checkpoint, tensorOf }: OpenModel, name: string) => checkpoint.readFloats(tensorOf(name));

function headFacts(classifier: ClassifierTask): HeadFacts {
  const { label2id } = labelConfig(classifier) as Pick<HeadFacts, 'label2id'>;
  return { label2id, num_labels: classifier.outputs };
}

/** As PEFT writes them: for a classifier the names of its head, of whatever architecture, come first. */
function modulesToSave({ classifier }: Model, saved: ReadonlySet<string>): string[] | null {
  if (!classifier) return saved.size > 0 ? [...saved].sort() : null;
  return [...headModules, ...[...saved].filter((path) => !headModules.some((head) => isInside(path, head))).sort()];
}

/** Only the trained parameters, in the base's data types, under the base's tensor names. */
export function changedWeights({ open, tuning, session }: ModelSession): StreamedFile {
  const read: ReadValues = (name) => readFloats(session, name);
  const wanted = open.model.parameters.filter(({ name }) => tuning?.trained.has(name));
  return weightsFile([
    ...wanted.map((info) => weightTensor(open, info, () => read(info.name))),
    ...runningTensors(open, read),
  ]);
}

/** Files of the base that a whole model needs beside its weights, where it has them. */
const companions = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'vocab.txt',
  'tokenizer.model',
  'spiece.model',
  'chat_template.jinja',
];

/**
 * A whole model that transformers loads: every weight, changed ones rounded to the base's data types, and its files. An
 * adapter is folded into the published weights, one tensor at a time.
 * @param read gives trained and adapter parameters by name, and those that the checkpoint lacks
 * @throws AppError 'cannot-merge' where the adapter is no change of weights
 */
export async function wholeModel(open: OpenModel, tuning: Tuning, read: ReadValues): Promise<StreamedFile[]> {
  const { adapter } = tuning;
  const apart = headApart(open, tuning, read);
  if (adapter && !adapter.merged) throw new AppError('cannot-merge', { method: adapter.title });
  const copied: StreamedFile[] = [];
  for (const path of companions)
    if (await open.files.has(path)) copied.push({ path, parts: [await open.files.read(path)] });
  const tensors = open.model.parameters.map((info) => {
    const trained = tuning.trained.has(info.name) || open.fresh.has(info.name);
    const named = (tensor: TensorToStream) => (apart ? { ...tensor, name: info.name } : tensor);
    if (!adapter?.modules.has(info.module))
      return named(weightTensor(open, info, trained ? () => read(info.name) : undefined));
    const folded = weightTensor(open, info, async () => {
      const weight = trained ? await read(info.name) : await open.checkpoint.readFloats(open.tensorOf(info.name));
      const start = residualWeight(open, adapter, info.name, weight);
      return (await adapter.merged!(info, start, read)) ?? start;
    });
    return named(folded);
  });
  const changed = await changedConfig(open, apart !== undefined);
  const files = changed ? [changed, ...copied.slice(1)] : copied;
  return [...files, ...weightFiles([...tensors, ...(apart ? [apart] : []), ...runningTensors(open, read)])];
}

/**
 * The head of a model where it was tied to the token embedding and no longer is: the adapter changes one of the two, or PEFT
 * saved one of the two.
 */
function headApart(
  open: OpenModel,
  { adapter, tiedHead, trained }: Tuning,
  read: ReadValues,
): TensorToStream | undefined {
  const { model } = open;
  const info = model.parameters.find(({ name }) => name === model.headParameter)!;
  const module = tiedHeadModule(model);
  if (!module || !(tiedHead || adapter?.modules.has(module) || adapter?.modules.has(info.module))) return undefined;
  const name = `${module}.weight`;
  const head = async (): Promise<Float32Array> => {
    if (tiedHead === 'own') return read(name);
    return trained.has(info.name) && !tiedHead ? read(info.name) : publishedFloats(open, info.name);
  };
  const adapted = async (): Promise<Float32Array> => {
    const weight = await head();
    if (!adapter?.modules.has(module)) return weight;
    return (await adapter.merged!({ ...info, name, module, role: 'linear' }, weight, read)) ?? weight;
  };
  return { ...weightTensor(open, info, adapted), name };
}

/** The config.json of a whole model where it says something else than the base's. */
async function changedConfig(open: OpenModel, isUntied: boolean): Promise<StreamedFile | undefined> {
  const { classifier, image } = open.model;
  if (image) return jsonFile('config.json', image.configWithClasses());
  const corrected = await correctedConfig(open);
  if (!classifier && !isUntied && !corrected) return undefined;
  const text = changedJson(await open.files.text('config.json'), (config) => {
    const right = corrected ? withValues(config, corrected) : config;
    return classifier
      ? classifierConfig(right, classifier)
      : { ...right, ...(isUntied && { tie_word_embeddings: false }) };
  });
  return { path: 'config.json', parts: [new TextEncoder().encode(text)] };
}

/** The weight that an adapter was trained over, rounded as PEFT rounds it. */
function residualWeight({ dtypes }: OpenModel, adapter: Adapter, name: string, weight: Float32Array): Float32Array {
  const residual = adapter.residuals?.get(name);
  if (!residual) return weight;
  const dtype = ({ f32: 'F32', f16: 'F16', bf16: 'BF16' } as const)[dtypes(name)];
  return bytesToF32(f32ToBytes(residual(weight), dtype), dtype);
}

/** `config` with the keys that `right` has and lacks, spelled as in `config` where the value is the same. */
const withValues = (config: Readonly<Record<string, unknown>>, right: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(right).map(([key, value]) => [
      key,
      typeof value === 'number' || typeof value === 'object' ? (config[key] ?? value) : value,
    ]),
  );

/** The config of a model whose weights are otherwise than its config.json says; undefined where the file is right. */
async function correctedConfig({ files, model }: OpenModel) {
  const published = JSON.stringify(await readJson(files, 'config.json'));
  return JSON.stringify(model.config) === published ? undefined : model.config;
}

/** The running statistics of batch norms. Their counters, which nobody reads, are left out: PyTorch starts them at 0. */
const runningTensors = (open: OpenModel, read: ReadValues): TensorToStream[] =>
  (open.model.image?.buffers ?? []).map((buffer) => weightTensor(open, buffer, () => read(runningBuffer(buffer.name))));

const jsonFile = (path: string, value: unknown): StreamedFile => ({
  path,
  parts: [new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`)],
});

const weightsFile = (tensors: readonly TensorToStream[]): StreamedFile => ({
  path: 'model.safetensors',
  parts: streamSafetensors(tensors, { format: 'pt' }),
});

/**
 * A tensor in the base's data type: as published, or with other values. Classifiers have transformers' names throughout:
 * those of a bare model's file and a head beside them would not be found together.
 */
function weightTensor(
  open: OpenModel,
  { name, shape }: Pick<ParameterInfo, 'name' | 'shape'>,
  changed: (() => Promise<Float32Array>) | undefined,
): TensorToStream {
  const { checkpoint, tensorOf, model, fresh } = open;
  // What the checkpoint lacks gets the type of its first tensor.
  const tensor = tensorOf(fresh.has(name) ? model.parameters.find((info) => !fresh.has(info.name))!.name : name);
  const dtype = floatDtype(tensor, checkpoint.tensors.get(tensor)!.dtype);
  const data = changed ? async () => f32ToBytes(await changed(), dtype) : () => checkpoint.readTensor(tensor);
  return { name: model.classifier ? name : tensor, dtype, shape, data };
}
