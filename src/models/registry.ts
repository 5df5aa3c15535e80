import { AppError, because } from '../errors.ts';
import { albertModel } from './albert.ts';
import { bertModel } from './bert.ts';
import { ConfigReader, invalidConfig, isObject, type JsonObject } from './config-reader.ts';
import { convNextArchitectures, convNextModel } from './convnext.ts';
import { debertaModel } from './deberta.ts';
import { distilBertModel } from './distilbert.ts';
import { efficientNetArchitectures, efficientNetModel } from './efficientnet.ts';
import { electraModel } from './electra.ts';
import { gemmaModel } from './gemma.ts';
import { gemma3Sizes } from './gemma-config.ts';
import { gemma3nModel } from './gemma3n.ts';
import { gemma3nSizes } from './gemma3n-config.ts';
import { gemma4Model } from './gemma4.ts';
import { gemma4Sizes } from './gemma4-config.ts';
import { gptNeoxModel } from './gpt-neox.ts';
import { gpt2Model } from './gpt2.ts';
import { graniteModel } from './granite.ts';
import { graniteHybridModel } from './granite-hybrid.ts';
import { graniteMoeModel } from './granite-moe.ts';
import { lfm2Model } from './lfm2.ts';
import { llamaModel } from './llama.ts';
import type { ClassifierHead, EncoderHead, Head, ImageModel, Model, Sentences, TextModel } from './model.ts';
import { modernBertModel } from './modernbert.ts';
import { mpnetModel } from './mpnet.ts';
import { olmo2Model } from './olmo2.ts';
import { olmoeModel } from './olmoe.ts';
import { optModel } from './opt.ts';
import { phiModel } from './phi.ts';
import { phi3Model } from './phi3.ts';
import { qwen35Model } from './qwen3-5.ts';
import { refusedTypes } from './refused-types.ts';
import { resNetArchitectures, resNetModel } from './resnet.ts';
import { robertaModel } from './roberta.ts';
import { sentenceEncoder, textsOf } from './sentence-encoder.ts';
import { decoderClassifier, labelledHead, namedHead } from './sequence-classifier.ts';
import { smolLm3Model } from './smollm3.ts';
import { stableLmModel } from './stablelm.ts';
import { starCoder2Model } from './starcoder2.ts';
import { type TokenHead, tokenClassifier } from './token-classifier.ts';
import { vitModel } from './vit.ts';
import { type WrapperType, wrappedModel } from './wrapper.ts';

const gemma3: WrapperType = {
  texts: { gemma3_text: (text, root) => gemmaModel(text, 'gemma3_text', root) },
  usual: gemma3Sizes,
  tied: true,
};

const gemma3n: WrapperType = {
  texts: { gemma3n_text: gemma3nModel },
  usual: gemma3nSizes,
  tied: true,
};

const gemma4: WrapperType = {
  texts: { gemma4_text: gemma4Model },
  usual: gemma4Sizes,
  tied: true,
};

const mistral3: WrapperType = {
  texts: {
    mistral: (text, root) => llamaModel(text, 'mistral', root),
    ministral3: (text, root) => llamaModel(text, 'ministral3', root),
  },
  tied: true,
  autoClass: 'AutoModelForImageTextToText',
};

const qwen35: WrapperType = {
  texts: { qwen3_5_text: qwen35Model },
  tied: false,
  autoClass: 'AutoModelForImageTextToText',
};

/** A type of causal language model. */
interface Decoder {
  readonly make: (config: JsonObject) => TextModel;
  /** What transformers' classes of the type are called, before the task. */
  readonly classes: string;
  /** transformers has no …ForSequenceClassification that could load what is trained. */
  readonly withoutClassifier?: true;
  /** The head of its …ForTokenClassification; absent: transformers has none. */
  readonly tokenHead?: TokenHead;
}

/** By `model_type`. */
const decoders: Readonly<Record<string, Decoder>> = {
  llama: { classes: 'Llama', make: (config) => llamaModel(config, 'llama'), tokenHead: 'score' },
  mistral: { classes: 'Mistral', make: (config) => llamaModel(config, 'mistral'), tokenHead: 'score' },
  ministral3: { classes: 'Ministral3', make: (config) => llamaModel(config, 'ministral3'), tokenHead: 'score' },
  mistral3: { classes: 'Mistral3', make: (config) => wrappedModel(config, mistral3), withoutClassifier: true },
  qwen2: { classes: 'Qwen2', make: (config) => llamaModel(config, 'qwen2'), tokenHead: 'score' },
  qwen3: { classes: 'Qwen3', make: (config) => llamaModel(config, 'qwen3'), tokenHead: 'score' },
  qwen3_5_text: { classes: 'Qwen3_5Text', make: (config) => qwen35Model(config) },
  qwen3_5: { classes: 'Qwen3_5', make: (config) => wrappedModel(config, qwen35), tokenHead: 'score' },
  ernie4_5: { classes: 'Ernie4_5', make: (config) => llamaModel(config, 'ernie4_5'), withoutClassifier: true },
  hunyuan_v1_dense: { classes: 'HunYuanDenseV1', make: (config) => llamaModel(config, 'hunyuan_v1_dense') },
  gemma: { classes: 'Gemma', make: (config) => gemmaModel(config, 'gemma'), tokenHead: 'score' },
  gemma2: { classes: 'Gemma2', make: (config) => gemmaModel(config, 'gemma2'), tokenHead: 'score' },
  gemma3_text: { classes: 'Gemma3Text', make: (config) => gemmaModel(config, 'gemma3_text') },
  gemma3: { classes: 'Gemma3', make: (config) => wrappedModel(config, gemma3) },
  gemma3n_text: { classes: 'Gemma3n', make: (config) => gemma3nModel(config), withoutClassifier: true },
  gemma3n: { classes: 'Gemma3n', make: (config) => wrappedModel(config, gemma3n), withoutClassifier: true },
  gemma4_text: { classes: 'Gemma4Text', make: (config) => gemma4Model(config), withoutClassifier: true },
  gemma4: { classes: 'Gemma4', make: (config) => wrappedModel(config, gemma4), withoutClassifier: true },
  phi: { classes: 'Phi', make: phiModel, tokenHead: 'score' },
  phi3: { classes: 'Phi3', make: phi3Model, tokenHead: 'score' },
  gpt2: { classes: 'GPT2', make: gpt2Model, tokenHead: 'classifier' },
  gpt_neox: { classes: 'GPTNeoX', make: gptNeoxModel, tokenHead: 'classifier' },
  opt: { classes: 'OPT', make: optModel },
  stablelm: { classes: 'StableLm', make: stableLmModel, tokenHead: 'score' },
  olmo2: { classes: 'Olmo2', make: (config) => olmo2Model(config, 'olmo2') },
  olmo3: { classes: 'Olmo3', make: (config) => olmo2Model(config, 'olmo3') },
  olmoe: { classes: 'Olmoe', make: olmoeModel, withoutClassifier: true },
  exaone4: { classes: 'Exaone4', make: (config) => olmo2Model(config, 'exaone4'), tokenHead: 'score' },
  granite: { classes: 'Granite', make: graniteModel, withoutClassifier: true },
  granitemoehybrid: { classes: 'GraniteMoeHybrid', make: graniteHybridModel, withoutClassifier: true },
  granitemoe: { classes: 'GraniteMoe', make: graniteMoeModel, withoutClassifier: true },
  smollm3: { classes: 'SmolLM3', make: smolLm3Model, tokenHead: 'score' },
  lfm2: { classes: 'Lfm2', make: (config) => lfm2Model(config, 'lfm2'), withoutClassifier: true },
  lfm2_moe: { classes: 'Lfm2Moe', make: (config) => lfm2Model(config, 'lfm2_moe'), withoutClassifier: true },
  starcoder2: { classes: 'Starcoder2', make: starCoder2Model, tokenHead: 'score' },
};

/** A maker for each `model_type` that attends both ways, and so can only classify or fill in. */
const encoders: Readonly<Record<string, (config: JsonObject, head: EncoderHead) => TextModel>> = {
  bert: bertModel,
  'deberta-v2': debertaModel,
  distilbert: distilBertModel,
  modernbert: modernBertModel,
  roberta: (config, head) => robertaModel(config, 'roberta', head),
  'xlm-roberta': (config, head) => robertaModel(config, 'xlm-roberta', head),
  camembert: (config, head) => robertaModel(config, 'camembert', head),
  electra: electraModel,
  albert: albertModel,
  mpnet: mpnetModel,
};

/** As the run config calls them. */
const maskedTask = 'masked-language-modeling';
const judgedTask = 'judged-answers';
const sentenceTask = 'sentence-embeddings';

const isSentences = (head: Head | undefined): head is Sentences =>
  typeof head === 'string' && Object.hasOwn(textsOf, head);

/** What an encoder or a decoder is not made with, as the run config calls it. */
const refusedTask = (head: Exclude<Head, ClassifierHead>): string =>
  head === 'masked' ? maskedTask : head === 'judged' ? judgedTask : isSentences(head) ? sentenceTask : head;

/** A maker for each `model_type` that looks at images. */
const imageTypes: Readonly<Record<string, (config: JsonObject, head: ClassifierHead) => ImageModel>> = {
  vit: vitModel,
};

/** Families of timm, by what `architecture` may say. */
const timmFamilies = [
  { architectures: resNetArchitectures, make: resNetModel },
  { architectures: convNextArchitectures, make: convNextModel },
  { architectures: efficientNetArchitectures, make: efficientNetModel },
];

/** Every `model_type` that looks at images. */
export const imageModelTypes: readonly string[] = Object.keys(imageTypes);

/** Every `model_type` that reads texts. */
export const supportedModelTypes: readonly string[] = [...Object.keys(decoders), ...Object.keys(encoders)];

/** Well above what published models have: planning takes time with the number of pieces that a tensor is cut into. */
const [longestSide, mostParameters] = [2 ** 24, 2 ** 41];

/**
 * The model that a parsed config.json describes; no weights are needed. Without a head it is the one that the config
 * names; an encoder that names none is a classifier of texts.
 * @throws AppError 'config-invalid'; 'model-type-refused' with the reason and the nearest type; 'model-type-unsupported' with
 * the supported types listed; 'task-unsupported' for a head that the type is not made with
 */
export function modelFromConfig(config: unknown, head?: Head): Model {
  const model = describedModel(config, head);
  for (const { name, shape } of model.parameters)
    if (!shape.every((side) => side <= longestSide))
      throw invalidConfig(because`${name} would be [${shape.join(', ')}], more than any model has`);
  const parameters = model.parameters.reduce((sum, { shape }) => sum + shape.reduce((size, side) => size * side, 1), 0);
  if (!(parameters <= mostParameters))
    throw invalidConfig(because`its sizes make ${parameters.toExponential(1)} parameters, more than any model has`);
  return model;
}

function describedModel(config: unknown, head: Head | undefined): Model {
  if (!isObject(config)) throw invalidConfig(because`it is not a JSON object`);
  if (config.model_type === undefined && typeof config.architecture === 'string') return imageModel(config, head);
  const modelType = config.model_type;
  if (typeof modelType !== 'string') throw invalidConfig(because`model_type is missing`);
  const known = <T>(types: Readonly<Record<string, T>>) =>
    Object.hasOwn(types, modelType) ? types[modelType] : undefined;
  const [makeEncoder, decoder, makeImages] = [known(encoders), known(decoders), known(imageTypes)];
  if (makeImages) {
    if (typeof head === 'string') throw new AppError('task-unsupported', { modelType, task: refusedTask(head) });
    return makeImages(config, head ?? { ...labelledHead(config), problem: 'single_label_classification' });
  }
  if (makeEncoder) {
    if (head === 'causal' || head === 'preference' || head === 'judged')
      throw new AppError('task-unsupported', { modelType, task: refusedTask(head) });
    if (isSentences(head)) {
      const { classifier, ...texts } = makeEncoder(config, labelledHead(config));
      return sentenceEncoder(texts, classifier!.architecture.replace('ForSequenceClassification', 'Model'), head);
    }
    const wanted = head ?? namedHead(config) ?? labelledHead(config);
    const encoder = makeEncoder(config, wanted);
    return wanted !== 'masked' && wanted.problem === 'token_classification'
      ? tokenClassifier(encoder, config, wanted, 'classifier')
      : encoder;
  }
  if (decoder === undefined) {
    const refused = known(refusedTypes);
    if (refused) throw new AppError('model-type-refused', { modelType, ...refused });
    throw new AppError('model-type-unsupported', {
      modelType,
      supported: [...supportedModelTypes, ...imageModelTypes].join(', '),
    });
  }
  const wanted = head ?? namedHead(config) ?? 'causal';
  if (wanted === 'causal') return decoder.make(config);
  if (wanted === 'masked' || isSentences(wanted))
    throw new AppError('task-unsupported', { modelType, task: refusedTask(wanted) });
  if (typeof wanted === 'string') return { ...decoder.make(config), learns: wanted };
  if (decoder.withoutClassifier) throw new AppError('task-unsupported', { modelType, task: 'classification' });
  const texts = decoderClassifier(decoder.make(config), config, wanted, `${decoder.classes}ForSequenceClassification`);
  if (wanted.problem !== 'token_classification') return texts;
  if (!decoder.tokenHead) throw new AppError('task-unsupported', { modelType, task: 'token-classification' });
  return tokenClassifier(texts, config, wanted, decoder.tokenHead);
}

/** A model of timm, whose config.json says `architecture` where transformers' say `model_type`. */
function imageModel(config: JsonObject, head: Head | undefined): ImageModel {
  const modelType = new ConfigReader(config).text('architecture');
  const known = timmFamilies.find(({ architectures }) => architectures.includes(modelType));
  if (!known) {
    const supported = timmFamilies.flatMap(({ architectures }) => architectures).join(', ');
    throw new AppError('model-type-unsupported', { modelType, supported });
  }
  if (typeof head === 'string') throw new AppError('task-unsupported', { modelType, task: refusedTask(head) });
  return known.make(config, head);
}
