/** A text with what was found in it. */
import type { TextPiece } from '../answers.ts';
import { type Entity, entitiesOf } from './entities.ts';
import type { CutWord } from './words.ts';

export interface Tag {
  readonly name: string;
  readonly chance: number;
}

/** Tags of entities; others, such as parts of speech, are of one word each. */
const ofEntities = /^(?:[BIES](?:-.*)?|[O.])$/;

/** The text in pieces: each entity is one, with the mean chance of its words; of other tags each word is one. */
export function piecesOf(words: readonly CutWord[], tags: readonly (Tag | null)[]): TextPiece[] {
  const pieces: TextPiece[] = [];
  let at = 0;
  const push = (text: string, label: string | null, chance: number) => {
    if (text !== '') pieces.push({ text, label, chance });
  };
  const textOf = (from: number, to: number) =>
    words
      .slice(from, to)
      .map(({ before, word }) => before + word)
      .join('');
  for (const { type, first, last } of marksOf(tags.map((tag) => tag?.name ?? 'O'))) {
    const space = words[first]!.before;
    push(textOf(at, first) + space, null, 1);
    const chances = tags.slice(first, last + 1).map((tag) => tag?.chance ?? 0);
    push(
      textOf(first, last + 1).slice(space.length),
      type,
      chances.reduce((sum, each) => sum + each, 0) / chances.length,
    );
    at = last + 1;
  }
  push(textOf(at, words.length), null, 1);
  return pieces;
}

/** Entities in words, `Ada Lovelace = PER`. */
export const inWords = (pieces: readonly TextPiece[]): string =>
  pieces.flatMap(({ text, label }) => (label === null ? [] : [`${text} = ${label}`])).join('; ') || '–';

function marksOf(tags: readonly string[]): Entity[] {
  if (tags.every((tag) => ofEntities.test(tag))) return entitiesOf(tags);
  return tags.flatMap((type, word) => (type === 'O' ? [] : [{ type, first: word, last: word }]));
}
