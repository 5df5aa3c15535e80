/**
 * Models for several kinds of input, such as text and images, around a text model. config.json has the text model's
 * settings under `text_config`; files hold its tensors as `language_model.model.…` or, since transformers 5, as
 * `model.language_model.…`. The text model alone is opened, under transformers' names.
 */
import { because } from '../errors.ts';
import { ConfigReader, invalidConfig, isObject, type JsonObject } from './config-reader.ts';
import type { Model, ParameterInfo, TextModel } from './model.ts';

/** Makes the text model whose bare decoder lies at `root` of the whole model. */
type MakeText = (text: JsonObject, root: string) => TextModel;

/** What is known of a type of such models. */
export interface WrapperType {
  /** By the `model_type` of `text_config`; the first where it says none. */
  readonly texts: Readonly<Record<string, MakeText>>;
  /** What holds where `text_config` is silent; published files say what differs from it alone. */
  readonly usual?: JsonObject;
  /** Whether head and embedding are tied where config.json is silent; what `text_config` says of it does not count. */
  readonly tied: boolean;
  /** transformers' class that opens one as a writer, where that is not AutoModelForCausalLM. */
  readonly autoClass?: string;
}

/** Where the bare decoder lies. */
const root = 'model.language_model';
const onDisk = 'language_model.model';

/** The settings of a text model, whether it stands alone or in a larger one. */
export const textConfig = (model: Model): JsonObject =>
  (model.kind === 'text' ? model.wrapper?.text : undefined) ?? model.config;

/** The text model that a parsed config.json of such a type describes. @throws AppError 'config-invalid' */
export function wrappedModel(json: JsonObject, { texts, usual = {}, tied, autoClass }: WrapperType): TextModel {
  const own = json.text_config;
  if (!isObject(own)) throw invalidConfig(because`text_config is missing`);
  const type = new ConfigReader(own).text('model_type', Object.keys(texts)[0]);
  if (!Object.hasOwn(texts, type))
    throw invalidConfig(
      because`text_config is of the type ${type}, which is not one of ${Object.keys(texts).join(', ')}`,
    );
  const text = { ...usual, ...own, model_type: type, tie_word_embeddings: json.tie_word_embeddings ?? tied };
  const model = texts[type]!(text, root);
  return {
    ...model,
    modelType: String(json.model_type),
    config: json,
    parameters: model.parameters.map(published),
    ...(model.constants ? { constants: model.constants.map(published) } : {}),
    wrapper: { text, ...(autoClass ? { autoClass } : {}) },
  };
}

/** With the names that files have for it. */
const published = (info: ParameterInfo): ParameterInfo => ({
  ...info,
  publishedNames: info.publishedNames.flatMap((name) => {
    if (name.startsWith(`${root}.`)) return [name, onDisk + name.slice(root.length)];
    return name.startsWith('lm_head.') ? [name, `language_model.${name}`] : [name];
  }),
});

/** What transformers calls a module or tensor by any of the names that it has had. */
export function wrappedName(name: string): string {
  if (name.startsWith(`${onDisk}.`)) return root + name.slice(onDisk.length);
  return name.startsWith('language_model.lm_head.') ? name.slice('language_model.'.length) : name;
}

/** What a module or tensor is called in a text model that stands alone. */
export const plainName = (name: string): string =>
  name.startsWith(`${root}.`) ? `model${name.slice(root.length)}` : name;

const isOtherPart = (name: string): boolean => !/^(model\.)?language_model\.|^(lm_head|score)\./.test(name);

/** The tensors of a file that belong to other parts than the text model that lies in a larger one. */
export const otherParts = (model: Model, tensors: Iterable<string>): string[] =>
  model.kind === 'text' && model.wrapper ? [...tensors].filter(isOtherPart) : [];

/** How many bytes of a file those are. */
export const otherBytes = (model: Model, tensors: ReadonlyMap<string, { readonly byteLength: number }>): number =>
  otherParts(model, tensors.keys()).reduce((sum, name) => sum + tensors.get(name)!.byteLength, 0);
