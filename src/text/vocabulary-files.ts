import { AppError, because, type Reason } from '../errors.ts';
import { pairProcessing, templateProcessing } from './sentencepiece-classes.ts';

type Json = Readonly<Record<string, unknown>>;

/** Vocabulary files from before tokenizer.json. */
export interface VocabularyFiles {
  /** `vocab.json`: ids by token. */
  readonly vocabularyJson?: unknown;
  /** `merges.txt`: a merge a line, the first to apply on top. */
  readonly merges?: string | null;
  /** `vocab.txt`: a token a line. */
  readonly vocabularyText?: string | null;
}

interface Conversion {
  /** tokenizer.json. */
  readonly json: Json;
  /** Special tokens that the class has where the files do not name them. */
  readonly names: Readonly<Record<string, string | null>>;
}

/** A class of transformers, by what it makes of its files. */
interface Kind {
  readonly classes: RegExp;
  readonly modelTypes: readonly string[];
  readonly files: 'merges' | 'text';
  readonly names: Readonly<Record<string, string | null>>;
  sections(config: Json, id: (name: string) => [token: string, id: number]): Json;
}

const byteLevel = (config: Json, use_regex = true): Json => ({
  ...{ type: 'ByteLevel', add_prefix_space: config.add_prefix_space === true, trim_offsets: true, use_regex },
});
/** The split pattern of transformers' Qwen2Tokenizer. */
const qwenPattern =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const endOfText = '<|endoftext|>';

const kinds: readonly Kind[] = [
  {
    classes: /^(GPT2|CodeGen)Tokenizer/,
    modelTypes: ['gpt2', 'gpt_neo', 'opt', 'gptj', 'codegen', 'phi', 'gpt_bigcode', 'starcoder2'],
    files: 'merges',
    names: { bos_token: endOfText, eos_token: endOfText, unk_token: endOfText },
    sections: (config, id) => ({ pre_tokenizer: byteLevel(config), post_processor: ends(config, id) }),
  },
  {
    classes: /^Qwen2Tokenizer/,
    modelTypes: ['qwen2', 'qwen3', 'qwen2_moe', 'qwen3_moe'],
    files: 'merges',
    names: { eos_token: endOfText, unk_token: endOfText, pad_token: endOfText },
    sections: (config, id) => ({
      normalizer: { type: 'NFC' },
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex: qwenPattern }, behavior: 'Isolated', invert: false },
          byteLevel(config, false),
        ],
      },
      post_processor: ends(config, id),
    }),
  },
  {
    classes: /^(Roberta|Bart|Longformer|LED)Tokenizer/,
    modelTypes: ['roberta', 'bart', 'longformer', 'led'],
    files: 'merges',
    names: {
      ...{ bos_token: '<s>', eos_token: '</s>', sep_token: '</s>', cls_token: '<s>' },
      ...{ unk_token: '<unk>', pad_token: '<pad>', mask_token: '<mask>' },
    },
    sections: (config, id) => ({
      pre_tokenizer: byteLevel(config),
      post_processor: {
        ...{ type: 'RobertaProcessing', sep: id('sep_token'), cls: id('cls_token') },
        ...{ trim_offsets: true, add_prefix_space: config.add_prefix_space === true },
      },
    }),
  },
  {
    classes: /^(Bert|DistilBert|Electra)Tokenizer/,
    modelTypes: ['bert', 'distilbert', 'electra'],
    files: 'text',
    names: {
      ...{ unk_token: '[UNK]', sep_token: '[SEP]', pad_token: '[PAD]', cls_token: '[CLS]', mask_token: '[MASK]' },
    },
    sections: (config, id) => ({
      normalizer: {
        ...{ type: 'BertNormalizer', clean_text: true, strip_accents: config.strip_accents ?? null },
        ...{ handle_chinese_chars: config.tokenize_chinese_chars !== false, lowercase: config.do_lower_case !== false },
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      post_processor: pairProcessing(id('cls_token'), id('sep_token'), 'once'),
    }),
  },
];

/** `add_bos_token` and `add_eos_token` of tokenizer_config.json, which count where there is no tokenizer.json. */
function ends(config: Json, id: (name: string) => [string, number]): Json | null {
  const wanted = (key: string, name: string) => (config[key] === true ? id(name) : null);
  return templateProcessing(wanted('add_bos_token', 'bos_token'), wanted('add_eos_token', 'eos_token'));
}

/**
 * What transformers makes of vocabulary files, by the class that `tokenizer_config.json` names, else by the model's type.
 * @throws AppError 'tokenizer-convert' for a class or files that cannot be converted; 'tokenizer-missing' without any
 */
export function convertVocabulary(files: VocabularyFiles, config: Json, modelType: string | null): Conversion {
  const { merges, vocabularyText } = files;
  const file = files.vocabularyJson === undefined || files.vocabularyJson === null ? 'vocab.txt' : 'vocab.json';
  const refuse = (reason: Reason, cause?: unknown) => new AppError('tokenizer-convert', { file, reason }, { cause });
  if (file === 'vocab.txt' && typeof vocabularyText !== 'string') throw new AppError('tokenizer-missing');
  const named = typeof config.tokenizer_class === 'string' ? config.tokenizer_class : null;
  const kind = kinds.find(({ classes, modelTypes }) =>
    named ? classes.test(named) : modelTypes.includes(modelType ?? ''),
  );
  if (!kind) throw refuse(because`there is no conversion for ${named ?? because`the model type ${modelType}`}`);
  const vocabulary = file === 'vocab.json' ? idsByToken(files.vocabularyJson, refuse) : idsByLine(vocabularyText!);
  if (kind.files === 'text' && file !== 'vocab.txt') throw refuse(because`vocab.txt is missing beside it`);
  if (kind.files === 'merges' && typeof merges !== 'string') throw refuse(because`merges.txt is missing beside it`);
  const specials = specialTokens(vocabulary, { ...kind.names, ...config }, config);
  const idOf = (name: string): [string, number] => {
    const token = String(config[name] ?? kind.names[name]);
    const id = specials.get(token);
    if (id === undefined) throw refuse(because`it has no ${name}`);
    return [token, id];
  };
  const model =
    kind.files === 'merges'
      ? { type: 'BPE', vocab: vocabulary, merges: mergePairs(merges!, vocabulary, refuse) }
      : { type: 'WordPiece', vocab: vocabulary, unk_token: idOf('unk_token')[0], ...wordPieces };
  const added_tokens = [...specials].map(([content, id]) => ({ ...plainToken, id, content }));
  const json = {
    normalizer: null,
    decoder: { type: 'ByteLevel' },
    ...kind.sections(config, idOf),
    model,
    added_tokens,
  };
  return { json, names: kind.names };
}

const wordPieces = { continuing_subword_prefix: '##', max_input_chars_per_word: 100 };
const plainToken = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };

function idsByToken(file: unknown, refuse: (reason: Reason, cause?: unknown) => AppError): Record<string, number> {
  let value = file;
  try {
    if (typeof file === 'string') value = JSON.parse(file);
  } catch (cause) {
    throw refuse(because`it is not JSON`, cause);
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject || !Object.values(value as Json).every((id) => Number.isInteger(id) && (id as number) >= 0))
    throw refuse(because`it is not a list of tokens with their ids`);
  if (Object.hasOwn(value as Json, '▁') && !Object.hasOwn(value as Json, 'Ġ'))
    throw refuse(because`its tokens are those of a SentencePiece model, whose .model file is missing`);
  return value as Record<string, number>;
}

const idsByLine = (text: string): Record<string, number> => {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return Object.fromEntries(lines.map((line, id) => [line.replace(/\r$/, ''), id]));
};

function mergePairs(
  text: string,
  vocabulary: Readonly<Record<string, number>>,
  refuse: (reason: Reason) => AppError,
): [string, string][] {
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#version'));
  return lines.map((line) => {
    const parts = line.split(' ');
    if (parts.length !== 2) throw refuse(because`merges.txt holds a line that is no merge: "${line.slice(0, 40)}"`);
    const missing = [...parts, parts.join('')].find((part) => !Object.hasOwn(vocabulary, part));
    if (missing !== undefined) throw refuse(because`merges.txt merges "${missing}", which vocab.json does not hold`);
    return parts as [string, string];
  });
}

/** Ids of the special tokens; one that the vocabulary lacks comes behind it, as transformers adds it. */
function specialTokens(vocabulary: Readonly<Record<string, number>>, tokens: Json, config: Json): Map<string, number> {
  const more = config.additional_special_tokens ?? config.extra_special_tokens;
  const texts = [
    ...['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'].map(
      (key) => tokens[key],
    ),
    ...(Array.isArray(more) ? more.map((each) => (typeof each === 'string' ? each : (each as Json)?.content)) : []),
  ];
  const found = new Map<string, number>();
  let next = Object.values(vocabulary).reduce((highest, id) => Math.max(highest, id), -1) + 1;
  for (const text of texts)
    if (typeof text === 'string' && !found.has(text))
      found.set(text, Object.hasOwn(vocabulary, text) ? vocabulary[text]! : next++);
  return found;
}
