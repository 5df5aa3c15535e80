import type { ModelSummary } from '../../worker/protocol.ts';
import type { Messages } from '../text/en.ts';
import type { useFormat } from '../use-format.ts';

type Format = ReturnType<typeof useFormat>;

/** What a model reads: text of some length, or pictures of some size. */
export function readingFacts({ image, ...text }: ModelSummary, words: Messages, format: Format): [string, string][] {
  const { facts } = words.model;
  if (image)
    return [
      [words.pictures.size, words.pictures.sizeText(format.count(image.size))],
      [words.pictures.classes, format.count(image.classes)],
    ];
  return [
    [facts.vocabulary, format.count(text.vocabularySize)],
    [facts.context, words.model.tokens(format.count(text.maxPositions))],
    [facts.template, text.hasChatTemplate ? words.model.hasTemplate : words.model.noTemplate],
  ];
}
