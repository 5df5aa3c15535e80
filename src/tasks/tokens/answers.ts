/** What a model says of the words of a text, and of those whose tags are known how right it is. */
import type { ExampleRow } from '../../data/examples.ts';
import { maskedLabel } from '../../data/examples.ts';
import { knownName } from '../../data/labels.ts';
import { AppError } from '../../errors.ts';
import { type Classifier, type ClassifierHead, type Model, requireTextModel } from '../../models/model.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { Classification, KnownQuestion, TextAnswers } from '../answers.ts';
import { indexOfLargest, probabilities } from '../scores.ts';
import type { TaskSettings } from '../settings.ts';
import { scoresOf } from './entities.ts';
import { inWords, piecesOf, type Tag } from './marked.ts';
import { wordPieces } from './pieces.ts';
import { rowWords, type TagSettings, tagExample } from './reading.ts';
import { askedWords } from './words.ts';

type SettingsFor = (config: TaskSettings, positions: number, model: Model, labels: ClassifierHead) => TagSettings;

/** The likeliest tag at each of these places of a sequence. `logits`: [tokens, outputs] */
function tagsAt(places: readonly number[], { names, outputs }: ClassifierHead, logits: Float32Array): (Tag | null)[] {
  return places.map((place) => {
    if (place < 0) return null;
    const row = logits.subarray(place * outputs, (place + 1) * outputs);
    const best = indexOfLargest(row);
    const chance = probabilities('single_label_classification', row)[best]!;
    return { name: names[best] ?? `LABEL_${best}`, chance };
  });
}

export const tagAnswers = (settingsFor: SettingsFor): TextAnswers => ({
  question(model, tokenizer, text, textPair) {
    if (textPair !== undefined) throw new AppError('text-pair-unread', { modelType: model.modelType });
    const words = askedWords(text);
    const { ids, first } = wordPieces(
      words.map(({ word }) => word),
      tokenizer,
      { modelType: model.modelType, maxLength: requireTextModel(model).tablePositions },
    );
    return {
      ids: ids.length > 0 ? ids : [tokenizer.padTokenId],
      classification(logits): Classification {
        return { classes: [], value: null, pieces: piecesOf(words, tagsAt(first, model.classifier!, logits)) };
      },
    };
  },
  known(model, tokenizer, config, rows) {
    const settings = settingsFor(config, requireTextModel(model).tablePositions, model, model.classifier!);
    const questions = rows.flatMap((row) => knownQuestion(row, tokenizer, settings, model.classifier!) ?? []);
    return {
      questions,
      score(logits) {
        const tagged = logits.map(([found], index) => ({
          wanted: questions[index]!.wanted,
          given: questions[index]!.given(found),
        }));
        const { f1, accuracy } = scoresOf(tagged, model.classifier!.names);
        return f1 == null ? { metric: 'accuracy', value: accuracy! } : { metric: 'f1', value: f1 };
      },
    };
  },
});

interface KnownTags extends KnownQuestion {
  readonly wanted: readonly string[];
  given(logits: Float32Array): string[];
}

/** A row with its tags; scored by the share of words whose tag is right. */
function knownQuestion(
  row: ExampleRow,
  tokenizer: Tokenizer,
  settings: TagSettings,
  classifier: Classifier,
): KnownTags | null {
  const example = tagExample(row, tokenizer, settings);
  const tagged = rowWords(row, settings.separator);
  if (example === null || tagged === null) return null;
  const { first } = wordPieces(tagged.words, tokenizer, settings);
  const words = tagged.words.map((word, index) => ({ before: index === 0 ? '' : ' ', word }));
  const places = first.filter((place) => place >= 0);
  const wanted = [...example.labels].filter((label) => label !== maskedLabel).map((label) => classifier.names[label]!);
  const given = (logits: Float32Array) => tagsAt(places, classifier, logits).map((tag) => tag!.name);
  return {
    ids: example.ids,
    text: tagged.words.join(' '),
    expected: inWords(
      piecesOf(
        words,
        tagged.tags.map((tag) => ({ name: knownName(tag, classifier.names), chance: 1 })),
      ),
    ),
    wanted,
    given,
    answer([logits]) {
      const score = scoresOf([{ wanted, given: given(logits) }], classifier.names).accuracy!;
      return { text: inWords(piecesOf(words, tagsAt(first, classifier, logits))), score, right: score === 1 };
    },
  };
}
