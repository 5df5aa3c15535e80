/**
 * Tokens of a SentencePiece BPE (Llama 2's and Gemma's kind) with the scores by which llama.cpp merges: of two neighbours
 * the pair whose union has the highest score, the leftmost of equals.
 */
import { because } from '../../errors.ts';
import { parseSentencePiece } from '../../text/sentencepiece-model.ts';
import { unfit } from './family.ts';
import { flat } from './pre-tokenizer.ts';
import { otherMerges, requireSameRuns } from './repeated-characters.ts';
import { type AddedToken, addedType, type Token } from './tokens.ts';

type Json = Readonly<Record<string, unknown>>;

export interface SentencePieceTokens {
  readonly tokens: Map<number, Token>;
  /** A space goes before the text, and behind each special token. */
  readonly addsSpace: boolean;
}

/** Of a `.model` file. @throws AppError 'gguf-unfit' */
export function tokensOfModel(file: Uint8Array, legacy: boolean, added: readonly AddedToken[]): SentencePieceTokens {
  const model = parseSentencePiece(file);
  if (model.kind !== 'bpe') throw unfit(because`its Unigram is a SentencePiece file without tokenizer.json`);
  if (model.charsmap.length > 0 || model.removeExtraWhitespaces) throw unfit(because`its tokenizer changes texts`);
  if (model.addDummyPrefix && !legacy) throw unfit(because`its tokenizer sets a space before the first word alone`);
  const tokens = new Map<number, Token>(model.pieces.map((piece, id) => [id, piece]));
  for (const token of added)
    if (!tokens.has(token.id)) tokens.set(token.id, { text: token.content, type: addedType(token), score: 0 });
  requireBytes(tokens);
  return { tokens, addsSpace: model.addDummyPrefix };
}

/** Of a tokenizer.json that was made from such a file. @throws AppError 'gguf-unfit' */
export function tokensOfJson(json: Json): SentencePieceTokens {
  const model = json.model as {
    vocab: Readonly<Record<string, number>>;
    merges: readonly (string | [string, string])[];
  };
  const addsSpace = spaceBefore(json);
  const pairs = model.merges.map((merge) => (typeof merge === 'string' ? merge.split(' ') : merge) as [string, string]);
  const scores = scoresOf(pairs, model.vocab);
  const added = new Map((json.added_tokens as readonly AddedToken[]).map((token) => [token.id, token]));
  const unknown = (json.model as { unk_token?: unknown }).unk_token;
  const tokens = new Map<number, Token>();
  for (const [text, id] of Object.entries(model.vocab)) tokens.set(id, token(text, scores.get(text), added.get(id)));
  for (const [id, each] of added)
    if (!tokens.has(id)) tokens.set(id, { text: each.content, type: addedType(each), score: 0 });
  requireBytes(tokens);
  return { tokens, addsSpace };

  function token(text: string, score: number | undefined, special: AddedToken | undefined): Token {
    if (text === unknown) return { text, type: 'unknown', score: 0 };
    if (/^<0x[0-9A-F]{2}>$/.test(text)) return { text, type: 'byte', score: 0 };
    // One that is spelled with ▁ is never found in a text that has spaces: it comes of merges alone.
    if (special && !(text.includes('▁') && score !== undefined)) return { text, type: addedType(special), score: 0 };
    return { text, type: 'normal', score: score ?? 0 };
  }
}

function requireBytes(tokens: ReadonlyMap<number, Token>): void {
  const bytes = [...tokens.values()].filter(({ type }) => type === 'byte').length;
  if (bytes !== 256) throw unfit(because`its tokenizer has ${bytes} of 256 tokens for bytes`);
}

/** Whether a space is put before each section. @throws AppError 'gguf-unfit' where texts are cut or changed otherwise */
function spaceBefore({ normalizer, pre_tokenizer: pre }: Json): boolean {
  const steps = [...flat(normalizer, 'normalizers'), ...flat(pre, 'pretokenizers')].filter(
    // A space is no longer there when this one comes, so nothing is cut.
    ({ type, pattern, behavior }) =>
      !(type === 'Split' && (pattern as Json | undefined)?.String === ' ' && behavior === 'MergedWithPrevious'),
  );
  const known = steps.map(({ type, prepend, pattern, content, prepend_scheme: scheme, split }) => {
    if (type === 'Prepend' && prepend === '▁') return 'prepend';
    if (type === 'Replace' && (pattern as Json).String === ' ' && content === '▁') return 'replace';
    return type === 'Metaspace' && split === false ? `metaspace ${String(scheme)}` : `${String(type)}`;
  });
  switch (String(known)) {
    case 'prepend,replace':
      return true;
    case 'replace':
    case 'metaspace never':
      return false;
    case 'metaspace first':
      throw unfit(because`its tokenizer sets a space before the first word alone`);
    default:
      throw unfit(because`its tokenizer cuts texts by ${known.join(', ')}`);
  }
}

/**
 * The scores that give the same tokens as the merges: minus the number of the first merge that makes a token. That holds
 * where the merges that make one stand together and are all there are, as those of a SentencePiece model do, but for runs of one
 * character that come out the same.
 * @throws AppError 'gguf-unfit' where they are otherwise
 */
function scoresOf(
  merges: readonly (readonly [string, string])[],
  vocabulary: Readonly<Record<string, number>>,
): Map<string, number> {
  const known = new Set(Object.keys(vocabulary));
  const scores = new Map<string, number>();
  const counts = new Map<string, number>();
  const apart = new Set<string>();
  let last = '';
  for (const [left, right] of merges) {
    const token = left + right;
    if (token !== last && scores.has(token)) apart.add(token);
    if (!scores.has(token)) scores.set(token, -1 - scores.size);
    counts.set(token, (counts.get(token) ?? 0) + 1);
    last = token;
  }
  for (const [token, count] of counts) {
    const chars = Array.from(token);
    const ways = chars.slice(1).filter((_, cut) => {
      const [left, right] = [chars.slice(0, cut + 1).join(''), chars.slice(cut + 1).join('')];
      return known.has(left) && known.has(right);
    }).length;
    if (ways !== count) throw otherMerges();
  }
  requireSameRuns(apart, merges, scores);
  return scores;
}
