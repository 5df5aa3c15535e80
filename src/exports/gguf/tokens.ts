/** The tokens of a model as GGUF lists them. */
import { because } from '../../errors.ts';
import { unfit } from './family.ts';

/** Kinds of tokens by their number in llama.cpp, which are those of SentencePiece. */
export const tokenTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;
export type TokenType = keyof typeof tokenTypes;

export interface Token {
  readonly text: string;
  readonly type: TokenType;
  /** Of SentencePiece: what is merged first has the highest. */
  readonly score: number;
}

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special?: boolean;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  readonly single_word?: boolean;
}

/**
 * Tokens by id, one for each row of the embedding: rows without a token get one that text never becomes.
 * @throws AppError 'gguf-unfit' where there are tokens without a row
 */
export function filled(tokens: ReadonlyMap<number, Token>, rows: number): Token[] {
  const stranger = [...tokens.keys()].find((id) => id >= rows);
  if (stranger !== undefined) throw unfit(because`its tokenizer has token ${stranger}, and its embedding ${rows} rows`);
  return Array.from({ length: rows }, (_, id) => tokens.get(id) ?? { text: `[PAD${id}]`, type: 'unused', score: 0 });
}

/** What an added token is: text that spells a control token becomes it only where that is asked for. */
export const addedType = ({ special }: AddedToken): TokenType => (special ? 'control' : 'userDefined');

/** Tokens that llama.cpp lets swallow the spaces behind them, where its rule for a model's name hits. */
const kept: readonly string[] = ['<unk>', '<s>', '<|endoftext|>'];

/**
 * Whether spaces behind special tokens are swallowed as llama.cpp does for models whose name has "phi-3" in it.
 * @throws AppError 'gguf-unfit' where tokens take spaces otherwise, or count as whole words alone
 */
export function swallowsSpaces(added: readonly AddedToken[]): boolean {
  const other = added.find(({ lstrip, single_word: word }) => lstrip || word);
  if (other) throw unfit(because`its token ${other.content} takes spaces before it, or counts as a word alone`);
  const swallowing = added.filter(({ rstrip }) => rstrip);
  if (swallowing.length === 0) return false;
  const missing = [...kept, '</s>'].find((text) => !added.some(({ content }) => content === text));
  if (missing) throw unfit(because`its tokens take spaces behind them, and llama.cpp looks for ${missing} then`);
  const expected = added.filter(({ content }) => !kept.includes(content));
  const same = swallowing.length === expected.length && expected.every(({ rstrip }) => rstrip);
  if (!same) throw unfit(because`its token ${swallowing[0]!.content} takes spaces behind it`);
  return true;
}
