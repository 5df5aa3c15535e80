import type { Tokenizer } from './tokenizer.ts';

export interface StreamDecoder {
  /** Takes the next token and returns the text that is certain by now and was not returned before; may be ''. */
  push(id: number): string;
  /** Returns what is still held back, incomplete characters as U+FFFD. */
  end(): string;
}

/** Tokens decoded anew at each push; enough that a character (at most 4 bytes, so 4 tokens) never spans a cut. */
const windowTokens = 16;
const keptTokens = 8;

/**
 * Decodes a growing list of tokens for display. Never returns half a UTF-8 character: a trailing U+FFFD, which is how
 * an incomplete character decodes, is held back until later tokens complete it. All returned pieces joined equal
 * `tokenizer.decode` of all tokens. One push costs O(1): only a short window of tokens is decoded again, with enough
 * left context that decoders which treat the first token specially (leading spaces) agree with the whole.
 */
export function createStreamDecoder(
  tokenizer: Pick<Tokenizer, 'decode'>,
  options: { skipSpecialTokens?: boolean } = {},
): StreamDecoder {
  let window: number[] = [];
  /** UTF-16 units of the window's text that were returned already. */
  let shown = 0;

  const advance = (text: string, end: number): string => {
    const piece = text.slice(shown, end);
    shown = Math.max(shown, end);
    return piece;
  };

  return {
    push(id) {
      window.push(id);
      const text = tokenizer.decode(window, options);
      const held = text.endsWith('\uFFFD');
      const piece = advance(text, held ? text.length - 1 : text.length);
      if (!held && window.length >= windowTokens) {
        window = window.slice(-keptTokens);
        shown = tokenizer.decode(window, options).length;
      }
      return piece;
    },
    end() {
      const text = tokenizer.decode(window, options);
      const piece = advance(text, text.length);
      window = [];
      shown = 0;
      return piece;
    },
  };
}
