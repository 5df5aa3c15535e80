import { because } from '../../errors.ts';
import { unfit } from './family.ts';
import type { Merge } from './single-characters.ts';
import { type AddedToken, addedType, type Token } from './tokens.ts';

type Json = Readonly<Record<string, unknown>>;

interface ByteLevelModel {
  readonly vocab: Readonly<Record<string, number>>;
  readonly merges: readonly (string | readonly [string, string])[];
  readonly unk_token?: string | null;
  readonly continuing_subword_prefix?: string | null;
  readonly end_of_word_suffix?: string | null;
}

/**
 * Tokens and merges of a byte-level BPE (GPT-2's kind).
 * @throws AppError 'gguf-unfit' for options that llama.cpp does not have
 */
export function byteLevelTokens(json: Json): { readonly tokens: Map<number, Token>; readonly merges: Merge[] } {
  const model = json.model as unknown as ByteLevelModel;
  if (model.continuing_subword_prefix || model.end_of_word_suffix)
    throw unfit(because`its tokenizer marks the parts of words`);
  const tokens = new Map<number, Token>();
  for (const [text, id] of Object.entries(model.vocab)) tokens.set(id, { text, type: 'normal', score: 0 });
  for (const token of json.added_tokens as readonly AddedToken[])
    tokens.set(token.id, { text: token.content, type: addedType(token), score: 0 });
  const merges = model.merges.map((merge): Merge => {
    const [left, right, more] = typeof merge === 'string' ? merge.split(' ') : merge;
    if (left === undefined || right === undefined || more !== undefined || /\s/.test(left + right))
      throw unfit(because`its merge "${String(merge)}" has other spaces than the one between its parts`);
    return [left, right];
  });
  return { tokens, merges };
}
