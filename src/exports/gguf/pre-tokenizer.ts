/**
 * Which of llama.cpp's pre-tokenizers (`tokenizer.ggml.pre`) cuts a text as a tokenizer.json does, told by what the file
 * says. One that is in no row is refused: a near one would give other tokens without a word.
 */
import { because } from '../../errors.ts';
import { unfit } from './family.ts';
import { areKeptApart, characterClass, type Merge } from './single-characters.ts';

type Json = Readonly<Record<string, unknown>>;

const llama3 =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const qwen2 = llama3.replace('\\p{N}{1,3}', '\\p{N}');
/** Marks are parts of words. */
const qwen35 = qwen2.replace('\\p{L}+', '[\\p{L}\\p{M}]+').replace('[^\\s\\p{L}\\p{N}]+', '[^\\s\\p{L}\\p{M}\\p{N}]+');

/** Steps as `stepsOf` names them, whether a word that is a token stays whole, and llama.cpp's name for both. */
const table: readonly { readonly steps: readonly string[]; readonly ignoresMerges: boolean; readonly pre: string }[] = [
  // GPT-2's own pattern: also Pythia, Phi.
  { steps: ['gpt2'], ignoresMerges: false, pre: 'gpt-2' },
  // Every digit by itself, then GPT-2's pattern: SmolLM, StarCoder, Granite.
  { steps: ['digits', 'gpt2'], ignoresMerges: false, pre: 'starcoder' },
  { steps: [llama3, 'bytes'], ignoresMerges: true, pre: 'llama-bpe' },
  // The same pattern with ordinary merges: OLMo 2, DBRX.
  { steps: [llama3, 'bytes'], ignoresMerges: false, pre: 'dbrx' },
  { steps: [qwen2, 'bytes'], ignoresMerges: false, pre: 'qwen2' },
  { steps: [qwen35, 'bytes'], ignoresMerges: false, pre: 'qwen35' },
];

/**
 * @param merges of the tokenizer, in the characters that stand for bytes
 * @throws AppError 'gguf-unfit'
 */
export function preTokenizerOf({ normalizer, pre_tokenizer: pre, model }: Json, merges: readonly Merge[]): string {
  // llama.cpp composes no characters: texts that are not in NFC, which is rare, give other tokens there.
  const normal = flat(normalizer, 'normalizers').map(({ type }) => type);
  if (normal.some((type) => type !== 'NFC')) throw unfit(because`its tokenizer changes texts by ${normal.join(', ')}`);
  const all = flat(pre, 'pretokenizers').map(stepOf);
  const single = characterClass(all[0] ?? '');
  const steps = single && all[1] === 'gpt2' && areKeptApart(single, merges) ? all.slice(1) : all;
  const ignoresMerges = (model as Json).ignore_merges === true;
  const row = table.find((each) => each.ignoresMerges === ignoresMerges && String(each.steps) === String(steps));
  if (row) return row.pre;
  throw unfit(because`it has no pre-tokenizer that cuts texts as this model's does`);
}

/** Names that llama.cpp has for the same cuts (`llm_tokenizer_bpe`). */
const sameAs: Readonly<Record<string, string>> = {
  ...{ 'phi-2': 'gpt-2', olmo: 'gpt-2', mpt: 'gpt-2', jais: 'gpt-2' },
  ...{ refact: 'starcoder', 'command-r': 'starcoder', smollm: 'starcoder', codeshell: 'starcoder' },
  ...{ llama3: 'llama-bpe', 'llama-v3': 'llama-bpe', 'smaug-bpe': 'dbrx', 'deepseek-r1-qwen': 'qwen2' },
};

export interface NamedPreTokenizer {
  /** The section of a tokenizer.json. */
  readonly preTokenizer: Json;
  readonly ignoresMerges: boolean;
  /** The tokenizers of these models compose characters (NFC), which llama.cpp leaves out. */
  readonly composes: boolean;
}

/** What one of llama.cpp's names means; undefined for one that is in no row. */
export function preTokenizerNamed(name: string): NamedPreTokenizer | undefined {
  const row = table.find(({ pre }) => pre === (sameAs[name] ?? name));
  if (!row) return undefined;
  const pretokenizers = row.steps.map((step): Json => {
    if (step === 'digits') return { type: 'Digits', individual_digits: true };
    if (step === 'gpt2' || step === 'bytes')
      return { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: step === 'gpt2' };
    return { type: 'Split', pattern: { Regex: step }, behavior: 'Isolated', invert: false };
  });
  return {
    preTokenizer: pretokenizers.length === 1 ? pretokenizers[0]! : { type: 'Sequence', pretokenizers },
    ignoresMerges: row.ignoresMerges,
    composes: row.pre === 'qwen2' || row.pre === 'qwen35',
  };
}

/** A part, or the parts of a sequence, without those that do nothing. */
export function flat(part: unknown, list: string): Json[] {
  if (typeof part !== 'object' || part === null) return [];
  const { type, [list]: inner } = part as Json;
  return type === 'Sequence' && Array.isArray(inner) ? inner.flatMap((each) => flat(each, list)) : [part as Json];
}

function stepOf({ type, behavior, invert, pattern, ...part }: Json): string {
  const isolated = behavior === 'Isolated' && invert !== true;
  if (type === 'Digits' && part.individual_digits === true) return 'digits';
  if (type === 'Split' && isolated) return String((pattern as Json | undefined)?.Regex);
  if (type !== 'ByteLevel' || part.add_prefix_space === true) return `unknown ${String(type)}`;
  return part.use_regex === false ? 'bytes' : 'gpt2';
}
