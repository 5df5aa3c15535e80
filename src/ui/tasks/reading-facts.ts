import type { ModelSummary } from '../../worker/protocol.ts';
import type { Messages } from '../text/en.ts';
import type { useFormat } from '../use-format.ts';

type Format = ReturnType<typeof useFormat>;

/** What a model reads: text of some length, or pictures of some size. */
export function readingFacts({ reads }: ModelSummary, words: Messages, format: Format): [string, string][] {
  const { facts } = words.model;
  if (reads.kind === 'image')
    return [
      [words.pictures.size, words.pictures.sizeText(format.count(reads.size))],
      [words.pictures.classes, format.count(reads.classes)],
    ];
  return [
    [facts.vocabulary, format.count(reads.vocabularySize)],
    [facts.context, words.model.tokens(format.count(reads.maxPositions))],
    [facts.template, reads.hasChatTemplate ? words.model.hasTemplate : words.model.noTemplate],
  ];
}
