/** For tests: a tokenizer of texts that are lists of ids, `3 17 5`. */
import type { Tokenizer } from '../text/tokenizer.ts';

export const spokenIds = {
  encodeWithSpecial: (text: string) => text.split(' ').map(Number),
  padTokenId: 1,
} as unknown as Tokenizer;
