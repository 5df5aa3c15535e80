import { AppError, type Reason } from '../errors.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import type { Problem } from './head-kinds.ts';
import type { ImageInput, ImageParts, ModelBuffer, Pixels } from './image-model.ts';
import type { Layer } from './layers.ts';
import type { HeadSeams, Seams } from './seams.ts';

/**
 * `head` is a matrix of a classifier or an output embedding of its own; a tied one is the `embedding`. `bias` is any bias,
 * of whatever layer. `position`: rows that are put before a picture's patches, or added to them;
 * `decay`: what says how fast a state forgets. `experts`: a stack of matrices, one of which each row is multiplied by;
 * `router`: the matrix that says which.
 */
export type ParameterRole =
  | 'embedding'
  | 'linear'
  | 'convolution'
  | 'position'
  | 'norm'
  | 'bias'
  | 'decay'
  | 'experts'
  | 'router'
  | 'head';

export interface ParameterInfo {
  /** As in `named_parameters()` of the transformers task class. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Path of the module that owns it: the name without its last part. */
  readonly module: string;
  /** Index of the block it lies in; absent for embeddings, the final norm and the head. */
  readonly layer?: number;
  readonly role: ParameterRole;
  /** A matrix that is stored [in, out] where others are [out, in] (transformers' Conv1D). */
  readonly transposed?: boolean;
  /** Names under which published files may hold it, the likeliest first. */
  readonly publishedNames: readonly string[];
  /** Names of the matrices that files hold in its place, one behind the other along its rows, all of one shape. */
  readonly pieces?: readonly string[];
  /** What it is drawn from where the published weights lack it, as a bare model's lack a head: N(mean, deviation²). */
  readonly fresh?: { readonly deviation: number; readonly mean?: number } | undefined;
}

/** What a weight matrix takes and gives, whichever way it is stored. */
export function featuresOf({ shape, transposed }: ParameterInfo): { inFeatures: number; outFeatures: number } {
  const [first, second] = shape as [number, number];
  return transposed ? { inFeatures: first, outFeatures: second } : { inFeatures: second, outFeatures: first };
}

/** i32 [rows] each; rows = batch · length. */
export interface ModelInputs {
  readonly ids: Value;
  readonly positions: Value;
  /** How many texts the rows are of, all of one length; absent: one. */
  readonly sequences?: number | undefined;
}

/** Data that is computed once and kept in a persistent buffer, such as cosines and sines. */
export interface ModelTable {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The head that a model is opened with: for the next token, for masked ones, or for `outputs` numbers of each text or token. */
export type Head = 'causal' | 'masked' | Learned | Sentences | ClassifierHead;

/**
 * What a model for the next token is opened to learn, where that is not the text itself: one answer before another, or good
 * answers rather than bad ones.
 */
export type Learned = 'preference' | 'judged';

/**
 * What an encoder is opened to learn that gives a vector of each text: to find a text's own among those of others, with one
 * more that is not it, or how alike two texts are.
 */
export type Sentences = 'ranking' | 'triplets' | 'cosines';

/** Those that the file of an encoder makes. */
export type EncoderHead = Exclude<Head, 'causal' | Learned | Sentences>;

export interface ClassifierHead {
  readonly outputs: number;
  readonly problem: Problem;
  /** Of the classes, in their order; empty where they have none. */
  readonly names: readonly string[];
}

/** The first token of a text ([CLS]), its last one, or the mean of all. */
export type Pooled = 'first' | 'last' | 'mean';

/** The part of a model that reads its answer from hidden states: one for a whole text from one of its tokens. */
export interface Classifier extends ClassifierHead {
  /** What config.json calls a model with this head: transformers' class, or timm's architecture. */
  readonly architecture: string;
  /** What a text is read from. Absent: nothing of its own, as in a picture or a classifier of tokens. */
  readonly pooled?: Pooled;
  /** Modules of the head that PEFT does not know as such and a bare model lacks: they are trained and saved with every adapter. */
  readonly saved?: readonly string[];
  /** What comes before the head's last matrix (`headParameter`): [read, hiddenSize] → [read, width]. Absent: nothing. */
  buildPooler?(builder: GraphBuilder, seams: HeadSeams, pooled: Value): Value;
  /** A classifier of tokens of this type has the same before its last matrix. */
  readonly poolsTokens?: boolean;
}

/** The part of a model that tells which token stood at a masked place. */
export interface MaskedHead {
  /** transformers' class of a model with this head. */
  readonly architecture: string;
  /** The module of the output, which is tied to the token embedding. */
  readonly decoder: string;
  /** Names of those that a bare model lacks. */
  readonly parameters: ReadonlySet<string>;
  /** What comes before it: [read, hiddenSize] → [read, width of the embedding]. */
  buildTransform(builder: GraphBuilder, seams: HeadSeams, read: Value): Value;
}

/** How the vector of a text is read from the hidden states of its tokens. */
export interface SentenceForm {
  readonly pooled: 'first' | 'mean';
  /** It is divided by its length. */
  readonly normalised: boolean;
  /** Tokens that sentence-transformers reads of a text, special ones among them; absent: all that the model has places for. */
  readonly longest?: number | undefined;
  /** What sentence-transformers does beside, and is not done here. */
  readonly refused?: Reason | undefined;
}

/** Of a model that gives a vector of each text. */
export interface SentenceEncoder {
  /** transformers' class of the encoder. */
  readonly architecture: string;
  readonly learns: Sentences;
}

/** What a model for texts and one for images have in common: its parameters and its head. */
interface AnyModel {
  readonly modelType: string;
  /** config.json as it was read. */
  readonly config: Readonly<Record<string, unknown>>;
  /** In the order of `named_parameters()`; a tied head is not listed twice. */
  readonly parameters: readonly ParameterInfo[];
  /** From the input up. */
  readonly layers: readonly Layer[];
  /** Width of what the head reads. */
  readonly hiddenSize: number;
  /** Absent: the model predicts tokens. */
  readonly classifier?: Classifier;
  /** Present where it predicts masked tokens. With neither it predicts the next token after each. */
  readonly masked?: MaskedHead;
  /** Present where it gives a vector of each text: there are no logits. */
  readonly sentence?: SentenceEncoder;
  /** Absent: it learns the text, or what its classifier says. */
  readonly learns?: Learned;
  /** The parameter that turns hidden states into logits: the embedding where they are tied, or where there are none. */
  readonly headParameter: string;
  /** The parameter [vocabulary or outputs] that is added to the logits, where there is one: the bias of the head's module. */
  readonly headBias?: string;
  /** Logits are bounded to softCap·tanh(logit/softCap). */
  readonly logitSoftCap?: number;
}

/** What a text model that lies in one for several kinds of input has beside others. */
export interface Wrapper {
  /** Its own settings, as a config.json of a text model says them. */
  readonly text: Readonly<Record<string, unknown>>;
  /** transformers' class that opens the whole model as a writer, where that is not AutoModelForCausalLM. */
  readonly autoClass?: string;
}

/** A model for texts: the graph from token ids to hidden states. */
export interface TextModel extends AnyModel {
  readonly kind: 'text';
  readonly vocabularySize: number;
  readonly maxPositions: number;
  readonly heads: number;
  /** Whether a token sees only itself and those before it, or all of its text. */
  readonly causal: boolean;
  /** The padding id of models that count positions without it: it takes the row before the first, wherever it stands. */
  readonly paddingId?: number;
  /** What a checkpoint holds beside the parameters and nothing trains (PyTorch's buffers), in the order of `named_buffers()`. */
  readonly constants?: readonly ParameterInfo[] | undefined;
  /**
   * Layers look tokens up in a table of their own, where rows that are no tokens, such as learned ones, have nothing.
   */
  readonly embedsAgain?: true;
  /** What the token embedding's rows are multiplied by as a part of looking them up (Gemma); default 1. */
  readonly embeddingScale?: number;
  /** How its folder says that the vector of a text is read; absent: it does not. */
  readonly sentenceForm?: SentenceForm;
  /** Present where it is the text part of a model for several kinds of input. */
  readonly wrapper?: Wrapper;
  /** Rows of the persistent tables, and so the longest sequence any program of this model can take. */
  readonly tablePositions: number;
  /** Of a model that embeds distances: the rows for those of texts of that length (input `distanceRows`). */
  readonly distanceRows?: ((length: number) => Int32Array) | undefined;
  /** Adds the nodes from ids to the hidden states after the final norm, f32 [rows, hiddenSize]. */
  buildHidden(builder: GraphBuilder, seams: Seams, inputs: ModelInputs): Value;
  /** The first `length` rows of each table (all by default); never more than `tablePositions`. */
  tables(length?: number): readonly ModelTable[];
}

/** A model for images: the graph from pixels to features. */
export interface ImageModel extends AnyModel {
  readonly kind: 'image';
  readonly classifier: Classifier;
  /** Whose files hold it. */
  readonly library: 'transformers' | 'timm';
  /** Rows of each image that attention mixes; absent: there is no attention. */
  readonly tokens?: number;
  readonly input: ImageInput;
  /** The input that a preprocessor_config.json says; absent: config.json says it. @throws AppError 'config-invalid' */
  processorInput?(processor: Readonly<Record<string, unknown>>): ImageInput;
  /** In the order of `named_buffers()`, counters left out. */
  readonly buffers: readonly ModelBuffer[];
  /** Adds the nodes from pixels to what the head reads, f32 [batch, hiddenSize]. */
  buildFeatures(parts: ImageParts, pixels: Pixels): Value;
  /** config.json with the classes of this model. */
  configWithClasses(): Readonly<Record<string, unknown>>;
}

export type Model = TextModel | ImageModel;

/**
 * @param task what is asked of it, for the refusal
 * @throws AppError 'task-unsupported' for a model that looks at images
 */
export function requireTextModel(model: Model, task = 'text'): TextModel {
  if (model.kind === 'text') return model;
  throw new AppError('task-unsupported', { modelType: model.modelType, task });
}

/** @throws AppError 'task-unsupported' for a model that reads text */
export function requireImageModel(model: Model): ImageModel {
  if (model.kind === 'image') return model;
  throw new AppError('task-unsupported', { modelType: model.modelType, task: 'image-classification' });
}

/** What a checkpoint holds beside the parameters and nothing trains. */
export const constantsOf = (model: Model): readonly ParameterInfo[] =>
  model.kind === 'text' ? (model.constants ?? []) : [];

/** What the rows of the token embedding are multiplied by. */
export const embeddingScaleOf = (model: Model): number => (model.kind === 'text' ? (model.embeddingScale ?? 1) : 1);

/** The tables that a model's programs read, of `length` rows at most. */
export const tablesOf = (model: Model, length: number): readonly ModelTable[] =>
  model.kind === 'text' ? model.tables(length) : [];

/**
 * The path of the module that a tied head is in transformers, beside the table that it shares; undefined where the head is
 * no embedding. Every decoder calls it the same.
 */
export function tiedHeadModule({ parameters, headParameter, masked, sentence }: Model): string | undefined {
  if (sentence) return undefined;
  const isTied = parameters.find(({ name }) => name === headParameter)?.role === 'embedding';
  return isTied ? (masked?.decoder ?? 'lm_head') : undefined;
}

/** The path of the module that turns hidden states into logits. */
export function headModule(model: Model): string {
  return tiedHeadModule(model) ?? model.headParameter.slice(0, -'.weight'.length);
}

/** The layer that a module or a node's scope lies in, such as `model.layers.3` or `layer1.0`: its path up to an index. */
export const layerPath = (path: string): string | undefined => /^.*?\.\d+(?=\.|$)/.exec(path)?.[0];

/** How many numbers a model gives of what it reads: a logit for each token or class, or the vector of a text. */
export const outputsOf = ({ parameters, headParameter, hiddenSize, sentence }: Model): number =>
  sentence ? hiddenSize : parameters.find(({ name }) => name === headParameter)!.shape[0]!;

/**
 * The logits of hidden states (of a classifier: after its pooler), f32 [rows, vocabulary or outputs]; the vectors of texts
 * as they are.
 */
export function logitsOf(builder: GraphBuilder, seams: Pick<HeadSeams, 'linear'>, model: Model, hidden: Value): Value {
  if (model.sentence) return hidden;
  const { logitSoftCap: softCap } = model;
  const logits = seams.linear(headModule(model), hidden);
  if (softCap === undefined) return logits;
  return builder.scale(builder.activation(builder.scale(logits, 1 / softCap), 'tanh'), softCap);
}

/** One pair of attention-range inputs that a model's programs read. */
export interface RangeInputs {
  readonly keyRange: string;
  readonly queryRange: string;
  /** The window these ranges are for; absent: the whole past. */
  readonly window?: number;
}

/** The ranges for the layers that look at everything and for those that slide; usually just one of the two. */
export function rangeInputs({ layers }: TextModel): readonly RangeInputs[] {
  const [window, ...others] = new Set(layers.flatMap(({ attention }) => attention?.window ?? []));
  if (others.length > 0) throw new RangeError(`layers slide by ${window} and by ${others}, and have one input`);
  if (window === undefined) return [fullRanges];
  return isMixed(layers) ? [fullRanges, { ...slidingRanges, window }] : [{ ...fullRanges, window }];
}

/** The names of the inputs that a layer's attention reads. */
export const rangeInputsOf = ({ layers }: TextModel, layer: number): RangeInputs =>
  slides(layers[layer]!) && isMixed(layers) ? slidingRanges : fullRanges;

const fullRanges: RangeInputs = { keyRange: 'keyRange', queryRange: 'queryRange' };
const slidingRanges: RangeInputs = { keyRange: 'slidingKeyRange', queryRange: 'slidingQueryRange' };

const slides = ({ attention }: Layer): boolean => attention?.window !== undefined;

/** Whether some layers slide and others look at everything. */
const isMixed = (layers: readonly Layer[]): boolean =>
  layers.some(slides) && layers.some((layer) => layer.attention && !slides(layer));
