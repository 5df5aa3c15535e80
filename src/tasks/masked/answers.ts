/** What a model says of the masked tokens of a text. */
import { AppError } from '../../errors.ts';
import { requireTextModel } from '../../models/model.ts';
import type { SpecialToken, Tokenizer } from '../../text/tokenizer.ts';
import type { ClassChance, TextAnswers, TextPiece } from '../answers.ts';
import { probabilities } from '../scores.ts';

/** Tokens that are named for a place. */
const mostNamed = 5;

/** @throws AppError 'mask-missing' */
export function requireMask({ maskToken }: Tokenizer): SpecialToken {
  if (maskToken) return maskToken;
  throw new AppError('mask-missing');
}

export const maskedAnswers: TextAnswers = {
  question(model, tokenizer, text, textPair) {
    if (textPair !== undefined) throw new AppError('text-pair-unread', { modelType: model.modelType });
    const { tablePositions, vocabularySize } = requireTextModel(model);
    const { id: maskId, content } = requireMask(tokenizer);
    const { ids } = tokenizer.encodeText(text, tablePositions);
    const places = [...ids.keys()].filter((place) => ids[place] === maskId);
    if (places.length === 0) throw new AppError('mask-wanted', { mask: content });
    return {
      ids,
      classification(logits) {
        const likeliest = places.map((place) =>
          namedTokens(tokenizer, logits.subarray(place * vocabularySize, (place + 1) * vocabularySize)),
        );
        return likeliest.length === 1
          ? { classes: likeliest[0]!, value: null }
          : { classes: [], value: null, pieces: filledIn(text, content, likeliest) };
      },
    };
  },
  // A row has no answer of its own: held-out rows are counted by their perplexity.
  known: () => ({
    questions: [],
    score() {
      throw new RangeError('no row has an answer of its own');
    },
  }),
};

/** The likeliest tokens, the likeliest first. Tokens that read alike are one, and those that read as nothing are left out. */
function namedTokens(tokenizer: Tokenizer, logits: Float32Array): ClassChance[] {
  const chances = probabilities('single_label_classification', logits);
  const order = [...chances.keys()].sort((a, b) => chances[b]! - chances[a]!);
  const byName = new Map<string, number>();
  for (const id of order) {
    const name = tokenizer.decode([id]).trim();
    if (name === '') continue;
    if (byName.size === mostNamed && !byName.has(name)) break;
    byName.set(name, (byName.get(name) ?? 0) + chances[id]!);
  }
  return [...byName].map(([name, chance]) => ({ name, chance }));
}

/** The text with the likeliest token at each mask; none at one that was cut off. */
function filledIn(text: string, mask: string, likeliest: readonly (readonly ClassChance[])[]): TextPiece[] {
  const plain = (part: string): TextPiece => ({ text: part, label: null, chance: 1 });
  return text.split(mask).flatMap((part, index) => {
    if (index === 0) return [plain(part)];
    const best = likeliest[index - 1]?.[0];
    return [{ text: mask, label: best?.name ?? null, chance: best?.chance ?? 0 }, plain(part)];
  });
}
