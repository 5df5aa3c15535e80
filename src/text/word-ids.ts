/**
 * Texts as the ids of their words, each word's looked up where it came before. The library makes tokens of every word as
 * text again and again, which took most of the time of encoding.
 */
import { cutsOf, type LibraryPreTokenizer } from './pre-tokenizers.ts';
import { cachedByWord } from './word-cache.ts';

interface AddedToken {
  readonly id: number;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
}

/** What is read of the library's tokenizer. */
interface Library {
  readonly added_tokens_map: ReadonlyMap<string, AddedToken>;
  readonly splitter_unnormalized: { split(text: string): string[] };
  readonly splitter_normalized: { split(text: string): string[] };
  readonly normalizer: ((text: string) => string) | null;
  readonly pre_tokenizer: LibraryPreTokenizer | null;
  readonly post_processor: ((tokens: string[], pair: null, special: boolean) => { tokens: string[] }) | null;
  readonly remove_space?: boolean;
  readonly do_lowercase_and_remove_accent?: boolean;
  readonly model: {
    readonly fuse_unk: boolean;
    readonly tokens_to_ids: ReadonlyMap<string, number>;
    readonly unk_token_id?: number;
    encode(words: readonly string[]): string[];
  };
}

/**
 * The library's `encode` without special tokens, for a tokenizer whose parts were replaced (`replaceParts`).
 * @returns null where its parts do not allow that; and of a text for which only the library knows
 */
export function wordEncoder(given: unknown): ((text: string) => number[] | null) | null {
  const library = given as Library;
  const { added_tokens_map: added, model, normalizer } = library;
  const trims = [...added.values()].some(({ lstrip, rstrip }) => lstrip || rstrip);
  if (library.remove_space || library.do_lowercase_and_remove_accent || trims || !leavesAsIs(library)) return null;
  const { cut, written } = cutsOf(library.pre_tokenizer);
  const { tokens_to_ids: ids, unk_token_id: unknown } = model;
  const idsOf = cachedByWord((word): readonly number[] =>
    model
      .encode([written(word)])
      .map((token) => added.get(token)?.id ?? ids.get(token) ?? unknown)
      .filter((id) => id !== undefined),
  );

  const [sectionsOf, partsOf] = [library.splitter_unnormalized, library.splitter_normalized].map(
    splitsWhereNeeded(added),
  );
  return (text) => {
    const all: number[] = [];
    const add = (section: string, index: number): boolean => {
      let wasUnknown = false;
      for (const word of cut(section, index))
        for (const id of idsOf(word)) {
          // The library makes one token of neighbours that it does not know, and asks the vocabulary again.
          if (model.fuse_unk && wasUnknown && id === unknown) return false;
          wasUnknown = id === unknown;
          all.push(id);
        }
      return true;
    };
    for (const [index, section] of sectionsOf!(text).entries()) {
      const token = added.get(section);
      if (token) {
        all.push(token.id);
        continue;
      }
      const plain = normalizer ? normalizer(section) : section;
      for (const part of partsOf!(plain)) {
        const inside = added.get(part);
        if (inside) all.push(inside.id);
        else if (part !== '' && !add(part, index)) return null;
      }
    }
    return all;
  };
}

/** A text without the first letter of any added token need not be looked through. */
function splitsWhereNeeded(added: ReadonlyMap<string, unknown>) {
  const letters = [...added.keys()].filter((token) => token !== '').map((token) => unitOf(token));
  const any = letters.length === 0 ? /(?!)/ : new RegExp(`[${[...new Set(letters)].join('')}]`);
  return (splitter: { split(text: string): string[] }) => (text: string) =>
    any.test(text) ? splitter.split(text) : text === '' ? [] : [text];
}

const unitOf = (token: string) => `\\u${token.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Whether what comes after the model changes nothing where no special tokens are asked for. */
function leavesAsIs({ post_processor: process }: Library): boolean {
  if (process === null) return true;
  const tokens = ['a', 'b'];
  const left = process([...tokens], null, false).tokens;
  return left.length === tokens.length && left.every((token, index) => token === tokens[index]);
}
