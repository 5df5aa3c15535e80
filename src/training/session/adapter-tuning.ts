import { AppError, because, type Reason, toAppError } from '../../errors.ts';
import { isAdapterHub, readAdapterHub } from '../../files/adapterhub.ts';
import { type AdapterTensor, labelsName, type PeftAdapter, readConfig, readPeft } from '../../files/peft.ts';
import { type ModelFiles, readJson } from '../../files/source.ts';
import { isObject, type JsonObject } from '../../models/config-reader.ts';
import { hasHead, headNames, headOf, isOtherTask, virtualTokensSpoil, vocabularyHead } from '../../models/heads.ts';
import { type Head, type Model, tiedHeadModule } from '../../models/model.ts';
import type { Adapter } from '../../tuning/method.ts';
import { methodOf, methods, methodsFor } from '../../tuning/methods.ts';
import { fromSaved, savedShape } from '../../tuning/saved.ts';
import { ownHead } from '../../tuning/target-modules.ts';
import type { Tuning } from '../../tuning/tuning.ts';
import type { OpenModel } from './open-model.ts';
import { ofTextModel } from './wrapped-adapter.ts';

/** Values of adapter parameters and of base parameters trained beside them, by name. */
export type AdapterValues = ReadonlyMap<string, Float32Array<ArrayBuffer>>;

/** An adapter that was read, made to fit a model. */
export interface OpenAdapter {
  /** For using it without training: no dropout, every parameter at hand. */
  readonly tuning: Tuning & { readonly adapter: Adapter };
  readonly values: AdapterValues;
  /** Hub id or folder of the base it was made for; null where that has no name. */
  readonly baseModel: string | null;
}

const invalid = (reason: Reason): AppError => new AppError('adapter-invalid', { reason });
const sameShape = (a: readonly number[], b: readonly number[] | undefined): boolean => String(a) === String(b);

/**
 * Reads an adapter of PEFT's or AdapterHub's for a model. PEFT only warns about tensors that are missing; here that is an error.
 * @throws AppError 'adapter-invalid' where config, tensors and model do not fit together; 'file-missing' and those of a
 * safetensors file that cannot be read
 */
export async function openAdapter(open: BaseModel, files: ModelFiles): Promise<OpenAdapter> {
  return adapterFor(open.model, await withoutTiedHead(open, await readAdapter(files)));
}

/** The base that an adapter is held against. */
export type BaseModel = Pick<OpenModel, 'model' | 'weights' | 'tensorOf'>;

/**
 * The adapter without a table saved for the head where that is the base's embedding, and the very same.
 * @throws AppError 'adapter-vocabulary'
 */
export async function withoutTiedHead(open: BaseModel, adapter: PeftAdapter): Promise<PeftAdapter> {
  const { model, weights, tensorOf } = open;
  const { config, tensors } = await withoutPublishedBias(open, ofTextModel(model, adapter));
  const tied = model.parameters.find(({ name, role }) => name === model.headParameter && role === 'embedding');
  const { name: embedding, publishedNames = [] } = tied ?? {};
  const tensor = publishedNames.find((name) => /(^|\.)(lm_head|embed_out)\./.test(name) && tensors.has(name));
  // A table under the names of both is one that was trained, with the head tied to it.
  if (embedding === undefined || tensor === undefined || tensors.has(embedding)) return { config, tensors };
  const { shape, data } = tensors.get(tensor)!;
  requireSameVocabulary(model, tensor, shape, embedding);
  const table = await weights.readFloats(tensorOf(embedding));
  if (!data.every((value, index) => value === table[index])) return { config, tensors };
  return { config, tensors: new Map([...tensors].filter(([name]) => name !== tensor)) };
}

/** Without the bias that PEFT saves of an adapted head, whether it was trained or not, where it is the published one. */
async function withoutPublishedBias({ model, weights, tensorOf }: BaseModel, { config, tensors }: PeftAdapter) {
  const key = model.headBias?.replace(/(?=[^.]*$)/, 'base_layer.') ?? '';
  const bias = tensors.get(key);
  if (!bias) return { config, tensors };
  const published = await weights.readFloats(tensorOf(model.headBias!));
  const isPublished = bias.data.every((value, index) => value === published[index]);
  return { config, tensors: isPublished ? new Map([...tensors].filter(([name]) => name !== key)) : tensors };
}

/** @throws AppError 'adapter-vocabulary' where a table has another number of tokens than the model's `parameter` */
function requireSameVocabulary(model: Model, tensor: string, shape: readonly number[], parameter: string): void {
  const expected = model.parameters.find(({ name }) => name === parameter)!.shape[0]!;
  const tokens = tensor.endsWith('.lora_embedding_A') ? shape[1]! : shape[0]!;
  if (tokens !== expected) throw new AppError('adapter-vocabulary', { tensor, found: tokens, expected });
}

/** The same of every table that an adapter has for tokens: saved whole, or the LoRA of one. */
function requireVocabulary(model: Model, tensors: ReadonlyMap<string, AdapterTensor>): void {
  const table = model.parameters.find(({ role }) => role === 'embedding')?.name;
  for (const parameter of [table, vocabularyHead(model)]) {
    if (parameter === undefined) continue;
    const module = parameter.replace(/\.weight$/, '');
    const bringing = ['weight', 'base_layer.weight', 'lora_embedding_A', 'lora_B.weight'];
    for (const tensor of bringing.map((end) => `${module}.${end}`)) {
      const found = tensors.get(tensor);
      if (found) requireSameVocabulary(model, tensor, found.shape, parameter);
    }
  }
}

/** Config and tensors of an adapter of either format. */
export async function readAdapter(files: ModelFiles): Promise<PeftAdapter> {
  const config = await readConfig(files);
  if (isAdapterHub(config)) return readAdapterHub(files);
  // Before its tensors, which may be of a kind that only this method has.
  if (methodOf(config) === undefined) throw ofUnknownType(config);
  return readPeft(files);
}

/**
 * The head that an adapter was trained with: a classifier has as many outputs as the head saved beside it. What they are
 * called is said beside the adapter, else by its base, as in transformers.
 * @throws AppError 'adapter-invalid' where it is a classifier's and has no head
 */
export async function adapterHead(files: ModelFiles, base: ModelFiles): Promise<Head> {
  const { config, tensors } = await readAdapter(files);
  const head = headNames.flatMap((name) => tensors.get(name) ?? [])[0];
  if (head === undefined && hasHead(config.task_type))
    throw invalid(because`it classifies and has no head (${headNames.join(', ')})`);
  const own = (await files.has(labelsName)) ? await readJson(files, labelsName) : undefined;
  const said = await readJson(base, 'config.json');
  const facts = [own, isObject(said) ? labelFacts(said) : undefined].filter(isObject);
  return headOf(config, head?.shape[0], facts);
}

/** What a base says of labels, of whatever class it is itself. */
const labelFacts = ({ architectures: _, ...said }: JsonObject): JsonObject => said;

/**
 * The same for an adapter whose files are read already.
 * @throws AppError 'adapter-invalid'; 'adapter-unsupported' for a method that models of this kind do not have
 */
export function adapterFor(model: Model, { config, tensors }: PeftAdapter): OpenAdapter {
  if (isOtherTask(model, config.task_type))
    throw invalid(because`its task_type is ${String(config.task_type)}, and the model is opened for another task`);
  requireVocabulary(model, tensors);
  // PEFT ties what it adapts by the names of some architectures alone.
  const tied = config.ensure_weight_tying === true && tensors.has(`${tiedHeadModule(model)}.lora_A.weight`);
  const adapter = adapterOf(model, { ...config, ensure_weight_tying: tied });
  const spoilt = adapter.virtualTokens && virtualTokensSpoil(model);
  if (spoilt) throw invalid(because`it is ${adapter.title} of ${spoilt.of}, ${spoilt.because}`);
  const values = new Map<string, Float32Array<ArrayBuffer>>();
  for (const parameter of adapter.parameters) {
    const { name } = parameter;
    const [found, shape] = [tensors.get(name), savedShape(parameter)];
    // PEFT draws them from a seed with PyTorch's generator.
    if (found === undefined && parameter.frozen && config.save_projection === false)
      throw new AppError('adapter-without-projection', { tensor: name });
    if (found === undefined)
      throw invalid(
        because`it has no tensor ${name}; its tensors are ${[...tensors.keys()].slice(0, 3).join(', ')}, …`,
      );
    if (!sameShape(shape, found.shape))
      throw invalid(because`${name} is [${found.shape}], and here it would be [${shape}]`);
    values.set(name, fromSaved(parameter, found));
  }
  const { trained, tiedHead } = savedParameters(model, tensors, values, isInPlace(adapter));
  const base = config.base_model_name_or_path ?? config.model_name;
  return {
    tuning: { trained, adapter, adapterParameters: adapter.parameters, ...(tiedHead ? { tiedHead } : {}) },
    values,
    baseModel: typeof base === 'string' ? base : null,
  };
}

function adapterOf(model: Model, config: PeftAdapter['config']): Adapter {
  const method = methodOf(config);
  if (method === undefined || !methodsFor(model).includes(method)) throw ofUnknownType(config);
  const settings = { ...methods[method]!.settingsOf(config), method };
  try {
    return methods[method]!.create(model, settings, () => 1);
  } catch (thrown) {
    const error = toAppError(thrown);
    const { code, params } = error;
    if (code === 'setting-unsupported') throw unsupported(withoutSection(params));
    throw code.startsWith('adapter-') || code === 'pattern-unsaid'
      ? thrown
      : new AppError('adapter-invalid', { reason: because`${error}` }, { cause: thrown });
  }
}

const unsupported = (what: Reason): AppError => new AppError('adapter-unsupported', { what });
const ofUnknownType = (config: PeftAdapter['config']): AppError =>
  unsupported(because`the method ${String(config.peft_type)}`);

/** A setting that a run could not have either, under PEFT's name for it. */
const withoutSection = ({ key, value, supported }: AppError['params']): Reason =>
  because`${String(key).replace(/^tuning\.(lora_(?=target))?/, '')} = ${value} (supported: ${supported})`;

/**
 * What is there beside the adapter's own tensors: base parameters that were trained whole; adds their values. PEFT keeps a
 * saved module as a copy beside the published one, so a table that is saved leaves a head that is tied to it as it was,
 * and a head that is saved the table.
 */
function savedParameters(
  model: Model,
  tensors: ReadonlyMap<string, AdapterTensor>,
  values: Map<string, Float32Array<ArrayBuffer>>,
  inPlace: boolean,
): Pick<Tuning, 'trained' | 'tiedHead'> {
  const shapes = new Map(model.parameters.map(({ name, shape }) => [name, shape]));
  const tied = tiedHeadModule(model);
  const [table, head] = [model.headParameter, `${tied}.weight`];
  if (tied) shapes.set(head, shapes.get(table)!);
  // PEFT saves the matrices that an adapted embedding and head have, in case tokens were added; those are the published.
  const frozen = new Set(
    model.parameters.filter(({ role }) => role === 'embedding' || role === 'head').map(({ name }) => name),
  );
  const trained = new Map<string, { learningRateFactor: number }>();
  for (const [key, { shape, data }] of tensors) {
    if (values.has(key)) continue;
    const plain = key.replace('.base_layer.', '.');
    // Names are read without the prefix of wrapped models, which is what some call their own.
    const name = inPlace && !shapes.has(plain) ? `model.${plain}` : plain;
    if (!sameShape(shape, shapes.get(name))) throw ofNothing(model, key, shape);
    if (key !== plain && (frozen.has(name) || (name === head && !tensors.has(table)))) continue;
    trained.set(name, { learningRateFactor: 1 });
    values.set(name, data);
  }
  if (!tied) return { trained };
  // The base_layer of an embedding is the tensor that the head is tied to, and so is everything that is not wrapped.
  const [input, output] = [values.get(table), values.get(head)];
  trained.delete(head);
  if (output === undefined) return { trained, ...(input && !inPlace ? { tiedHead: 'published' } : {}) };
  const isSame = input?.every((value, index) => value === output[index]) ?? false;
  if (!isSame) return { trained, tiedHead: 'own' };
  values.delete(head);
  return { trained };
}

/** Why a tensor has no place: PEFT may adapt what is a part of the head here. */
function ofNothing(model: Model, key: string, shape: readonly number[]): AppError {
  const [, module] = /^(.*)\.(?:lora|vera|ia3)_/.exec(key) ?? [];
  return module !== undefined && ownHead(model).includes(module)
    ? invalid(
        because`it adapts ${module}, a part of the head, which is trained whole here; save it whole (modules_to_save)`,
      )
    : invalid(because`tensor ${key} of shape [${shape}] belongs to nothing that the config targets in this model`);
}

/** Whether PEFT loads saved parameters into the model itself: of methods that wrap none of its modules. */
const isInPlace = ({ virtualTokens }: Adapter): boolean => virtualTokens !== undefined;

/** What gives the parameters of an adapter their meaning, beside their names and shapes. */
const meaning = ['lora_alpha', 'alpha_pattern', 'use_rslora', 'init_lora_weights', 'feedforward_modules'] as const;

const notContinued = (reason: Reason, instead: Reason): AppError =>
  new AppError('adapter-not-continued', { reason, instead });
const otherwise = (reason: Reason): AppError => new AppError('adapter-otherwise', { reason });

/**
 * Settings that a run has otherwise than the adapter it continues, in PEFT's names: PEFT would go on with the adapter's.
 * What gives the parameters their meaning is the same (`requireSameParameters`).
 */
export function otherSettings({ adapter }: Tuning, { tuning }: Pick<OpenAdapter, 'tuning'>) {
  const [ours, theirs] = [adapter?.peftConfig ?? {}, tuning.adapter.peftConfig];
  return Object.keys(theirs)
    .map((key) => ({ key, adapter: JSON.stringify(theirs[key]), run: JSON.stringify(ours[key]) }))
    .filter((each) => each.adapter !== each.run);
}

/**
 * Whether an adapter to continue from is what the run will train: the same parameters, which mean the same.
 * @throws AppError 'adapter-otherwise' with the first difference; 'adapter-not-continued' where no run could
 */
export function requireSameParameters(
  { trained, adapter, adapterParameters }: Tuning,
  { tuning }: Pick<OpenAdapter, 'tuning'>,
): void {
  if (tuning.tiedHead)
    throw notContinued(
      because`it saves the token embedding or the head alone, and training here changes both, which are tied`,
      because`Merge it into its base (studio merge) and train the merged model, or use it as it is.`,
    );
  if (adapter?.exported) {
    throw notContinued(
      because`${adapter.title} saves what its encoder made, not the encoder`,
      because`Use it as it is, train on with the method prompt, or resume the run's own checkpoint.`,
    );
  }
  const given = new Map(tuning.adapterParameters.map(({ name, shape }) => [name, shape]));
  for (const { name, shape } of adapterParameters) {
    const found = given.get(name);
    if (found === undefined) throw otherwise(because`the run trains ${name}, which the adapter lacks`);
    if (!sameShape(shape, found))
      throw otherwise(because`${name} is [${found}] in the adapter and [${shape}] in the run`);
    given.delete(name);
  }
  const saved = [...tuning.trained.keys()].filter((name) => !trained.has(name));
  const [extra] = [...given.keys(), ...saved];
  if (extra !== undefined) throw otherwise(because`the adapter has ${extra}, which the run does not train`);
  for (const key of meaning) {
    const [here, there] = [adapter, tuning.adapter].map((each) => JSON.stringify(each?.peftConfig[key]));
    if (here !== there) throw otherwise(because`${key} is ${there} in the adapter and ${here} in the run`);
  }
}
