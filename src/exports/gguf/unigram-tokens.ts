/** Tokens of a SentencePiece Unigram, which llama.cpp calls "t5": of all ways to cut a text the one with the highest sum of scores. */
import { because } from '../../errors.ts';
import { createCharsmap } from '../../text/charsmap.ts';
import { unfit } from './family.ts';
import { flat } from './pre-tokenizer.ts';
import { type AddedToken, addedType, type Token } from './tokens.ts';

type Json = Readonly<Record<string, unknown>>;

export interface UnigramTokens {
  readonly tokens: Map<number, Token>;
  readonly unknownId: number;
  /** SentencePiece's table of what texts are changed by. */
  readonly charsmap: Uint8Array;
}

/** Rows without a token are found in texts by llama.cpp: not where they count so little. */
export const unusedScore = -10_000;

/** Of a tokenizer.json as transformers' converters write it. @throws AppError 'gguf-unfit' */
export function unigramTokens(json: Json): UnigramTokens {
  const { vocab, unk_id: unknownId, byte_fallback: fallsBack } = json.model as Json & { vocab: [string, number][] };
  if (fallsBack === true) throw unfit(because`its Unigram has bytes for unknown characters, and llama.cpp's has none`);
  if (typeof unknownId !== 'number') throw unfit(because`its Unigram has no token for unknown characters`);
  const charsmap = charsmapOf(json);
  const added = new Map((json.added_tokens as readonly AddedToken[]).map((token) => [token.id, token]));
  const tokens = new Map<number, Token>();
  for (const [id, [text, score]] of vocab.entries()) {
    const special = added.get(id);
    const type = id === unknownId ? 'unknown' : special ? addedType(special) : 'normal';
    if (type === 'normal' && text.lastIndexOf('▁') > 0) throw unfit(because`its token ${text} goes over a space`);
    tokens.set(id, { text, type, score });
  }
  for (const [id, each] of added)
    if (!tokens.has(id)) tokens.set(id, { text: each.content, type: addedType(each), score: 0 });
  return { tokens, unknownId, charsmap };
}

/**
 * A table of changes, then runs of spaces to one, none at the ends, and one before each section.
 * @throws AppError 'gguf-unfit' where texts are cut or changed otherwise
 */
function charsmapOf({ normalizer, pre_tokenizer: pre }: Json): Uint8Array {
  const steps = [...flat(normalizer, 'normalizers'), ...flat(pre, 'pretokenizers')];
  const known = steps.map(stepOf);
  const asNow = 'charsmap,strip,join,metaspace,cut';
  const asBefore = 'charsmap,words,metaspace,cut';
  if (![asNow, asBefore].includes(String(known)))
    throw unfit(because`its Unigram changes texts by ${known.join(', ')}`);
  const bytes = Uint8Array.from(atob(String(steps[0]!.precompiled_charsmap)), (char) => char.charCodeAt(0));
  // What is stripped and split there are all kinds of spaces, and ordinary ones in llama.cpp.
  const changed = createCharsmap(bytes, 'longest')('\n\t\r\u3000');
  if (changed.trim() !== '' || /[^ ]/.test(changed)) throw unfit(because`its Unigram keeps line ends`);
  return bytes;
}

function stepOf({ type, pattern, content, ...part }: Json): string {
  if (type === 'Precompiled' && part.precompiled_charsmap) return 'charsmap';
  if (type === 'Strip' && part.strip_left === false && part.strip_right === true) return 'strip';
  if (type === 'Replace' && (pattern as Json).Regex === ' {2,}' && content === '▁') return 'join';
  if (type === 'WhitespaceSplit') return 'words';
  // What `withWordsCut` makes of Metaspace that cuts.
  if (type === 'Split' && part.invert === true && (pattern as Json).Regex === '▁?[^▁]*') return 'cut';
  const { prepend_scheme: scheme, add_prefix_space: adds } = part;
  if (type === 'Metaspace' && (scheme ?? (adds === false ? 'never' : 'always')) === 'always') return 'metaspace';
  return String(type);
}
