/** Tokens of BERT's WordPiece, which llama.cpp calls "bert": a word begins with ▁ there, and a part within one with nothing. */
import { because } from '../../errors.ts';
import { unfit } from './family.ts';
import { type AddedToken, addedType, type Token } from './tokens.ts';

type Json = Readonly<Record<string, unknown>>;

interface WordPieceModel {
  readonly vocab: Readonly<Record<string, number>>;
  readonly continuing_subword_prefix?: string;
  readonly unk_token?: string;
}

export interface WordPieceTokens {
  readonly tokens: Map<number, Token>;
  readonly lowercase: boolean;
  readonly stripAccents: boolean;
}

/** Of a tokenizer.json. @throws AppError 'gguf-unfit' where llama.cpp would cut or change texts otherwise */
export function wordPieceTokens({ model, normalizer, pre_tokenizer: pre, added_tokens: added }: Json): WordPieceTokens {
  const { vocab, continuing_subword_prefix: prefix = '##', unk_token: unknown } = model as unknown as WordPieceModel;
  const {
    type,
    clean_text: cleans,
    handle_chinese_chars: parts,
    lowercase,
    strip_accents: strips,
  } = (normalizer ?? {}) as Json;
  if (prefix !== '##') throw unfit(because`its tokenizer marks the parts of words`);
  const isBert = type === 'BertNormalizer' && (pre as Json | null)?.type === 'BertPreTokenizer';
  if (!isBert || cleans !== true || parts !== true)
    throw unfit(because`it has no pre-tokenizer that cuts texts as this model's does`);
  const special = new Map((added as readonly AddedToken[]).map((token) => [token.id, token]));
  const tokens = new Map<number, Token>();
  const seen = new Map<string, string>();
  for (const [text, id] of Object.entries(vocab)) {
    const own = special.get(id);
    const kind = text === unknown ? 'unknown' : own ? addedType(own) : 'normal';
    const written = kind !== 'normal' ? text : text.startsWith(prefix) ? text.slice(prefix.length) : `▁${text}`;
    const other = seen.get(written);
    if (other !== undefined) throw unfit(because`its tokens ${other} and ${text} are one there`);
    seen.set(written, text);
    tokens.set(id, { text: written, type: kind, score: 0 });
  }
  for (const [id, token] of special)
    if (!tokens.has(id)) tokens.set(id, { text: token.content, type: addedType(token), score: 0 });
  return { tokens, lowercase: lowercase === true, stripAccents: (strips ?? lowercase) === true };
}
