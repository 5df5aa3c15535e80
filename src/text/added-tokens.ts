/**
 * Added tokens as the `tokenizers` library (Rust) finds them in a text: one that is a single word only between other than
 * word characters, and with the spaces beside it where it takes them. The library in use does not know the first, and
 * takes JavaScript's spaces.
 */

interface AddedToken {
  readonly single_word: boolean;
  /** Looked for after those that are not, in what these leave. */
  readonly normalized?: boolean;
  lstrip: boolean;
  rstrip: boolean;
}

interface Splitter {
  split(text: string): string[];
}

/** What is touched of the library's tokenizer. */
export interface LibraryAddedTokens {
  readonly added_tokens_map: ReadonlyMap<string, AddedToken>;
  readonly splitter_unnormalized: Splitter;
  readonly splitter_normalized: Splitter;
}

const endsWithWord = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const startsWithWord = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const spacesAtEnd = /(?<!\p{White_Space})\p{White_Space}+$/u;
const spacesAtStart = /^\p{White_Space}+/u;

/** Makes the library's tokenizer find added tokens exactly. */
export function refineAddedTokens(library: LibraryAddedTokens): void {
  const tokens = new Map([...library.added_tokens_map].map(([text, token]) => [text, { ...token }]));
  if (![...tokens.values()].some(({ single_word, lstrip, rstrip }) => single_word || lstrip || rstrip)) return;
  for (const token of library.added_tokens_map.values()) {
    // They are taken here, before the library would trim its way.
    token.lstrip = false;
    token.rstrip = false;
  }
  for (const splitter of [library.splitter_unnormalized, library.splitter_normalized]) {
    const split = splitter.split.bind(splitter);
    splitter.split = (text) => stripped(wholeWords(split(text), tokens), tokens);
  }
}

type Tokens = ReadonlyMap<string, AddedToken>;

/** Sections with those tokens undone that are no words of their own. */
function wholeWords(sections: readonly string[], tokens: Tokens): string[] {
  const kept: { text: string; isToken: boolean }[] = [];
  sections.forEach((text, index) => {
    const token = tokens.get(text);
    const isWithin = endsWithWord.test(sections[index - 1] ?? '') || startsWithWord.test(sections[index + 1] ?? '');
    const isToken = token !== undefined && !(token.single_word && isWithin);
    const last = kept.at(-1);
    if (!isToken && last && !last.isToken) last.text += text;
    else kept.push({ text, isToken });
  });
  return kept.map(({ text }) => text);
}

function stripped(sections: string[], tokens: Tokens): string[] {
  sections.forEach((section, index) => {
    const token = tokens.get(section);
    const isText = (place: number) => {
      const beside = tokens.get(sections[place] ?? '');
      return place in sections && (!beside || (beside.normalized === true && token?.normalized !== true));
    };
    if (token?.lstrip && isText(index - 1)) sections[index - 1] = sections[index - 1]!.replace(spacesAtEnd, '');
    if (token?.rstrip && isText(index + 1)) sections[index + 1] = sections[index + 1]!.replace(spacesAtStart, '');
  });
  return sections.filter((section) => section !== '');
}
