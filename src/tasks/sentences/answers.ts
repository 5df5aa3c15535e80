/** How alike a model finds texts, and of those that belong together how right it is. */
import type { ExampleRow } from '../../data/examples.ts';
import { AppError } from '../../errors.ts';
import { embedderOf } from '../../models/heads.ts';
import type { Model } from '../../models/model.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { KnownQuestion, KnownQuestions, TextAnswers } from '../answers.ts';
import type { TaskSettings } from '../settings.ts';
import { sentenceRow } from './reading.ts';
import { cosine, cosineOfPair, type EmbeddedRow, foundTexts, mostCompared, spearman } from './scores.ts';

function idsOf(model: Model, tokenizer: Tokenizer, text: string): readonly number[] {
  const { ids } = tokenizer.encodeText(text, embedderOf(model)!.longest);
  return ids.length > 0 ? ids : [tokenizer.padTokenId];
}

const figure = (value: number): string => value.toFixed(3);

export const sentenceAnswers: TextAnswers = {
  together: true,
  question(model, tokenizer, text, textPair = '') {
    const texts = `${text}\n${textPair}`
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    if (texts.length < 2) throw new AppError('texts-wanted');
    const [ids, ...others] = texts.map((each) => idsOf(model, tokenizer, each));
    return {
      ids: ids!,
      others: others.map((each) => ({ ids: each })),
      classification(first, ...rest) {
        const vectors = [first, ...rest];
        const cosines = vectors.map((a) => vectors.map((b) => cosine(a, b)));
        return { classes: [], value: null, alike: { texts, cosines } };
      },
    };
  },
  known,
};

function known(model: Model, tokenizer: Tokenizer, config: TaskSettings, rows: readonly ExampleRow[]): KnownQuestions {
  const { learns } = model.sentence!;
  const { prompt_column_separator } = config.dataset;
  const all = rows
    .map((row) => sentenceRow(row, { learns, prompt_column_separator }))
    .filter(({ problem }) => problem === undefined)
    .slice(0, learns === 'cosines' ? rows.length : mostCompared);
  const encoded = all.map(({ texts }) => texts.map((text) => idsOf(model, tokenizer, text)));
  const embedded = (vectors: readonly (readonly Float32Array[])[]): EmbeddedRow[] =>
    vectors.map((each, row) => ({
      vectors: each,
      keys: encoded[row]!.map((ids) => ids.join()),
      score: all[row]!.score,
    }));
  const found = lastOf((vectors: readonly (readonly Float32Array[])[]) => foundTexts(embedded(vectors)));
  return {
    questions: all.map(({ texts, score }, row): KnownQuestion => {
      const [ids, ...others] = encoded[row]!;
      const isPair = score !== undefined;
      return {
        ids: ids!,
        others: others.map((each) => ({ ids: each })),
        text: isPair ? texts.join('\n') : texts[0]!,
        expected: isPair ? figure(score) : texts[1]!,
        answer(vectors, everyRow) {
          const alike = cosineOfPair({ vectors });
          if (isPair) return { text: figure(alike), score: -Math.abs(alike - score), right: null };
          const { rank, nearest } = found(everyRow)[row]!;
          return { text: all[nearest.row]!.texts[nearest.text]!, score: 1 / rank, right: rank === 1 };
        },
      };
    }),
    score(vectors) {
      if (learns !== 'cosines') {
        const first = found(vectors).filter(({ rank }) => rank === 1).length;
        return { metric: 'accuracyAt1', value: first / vectors.length };
      }
      const pairs = embedded(vectors);
      const order = spearman(
        pairs.map(cosineOfPair),
        pairs.map(({ score }) => score!),
      );
      return { metric: 'spearman', value: order ?? 0 };
    },
  };
}

/** The result for what was given last: it is asked for row by row. */
function lastOf<A extends object, B>(compute: (given: A) => B): (given: A) => B {
  const results = new WeakMap<A, B>();
  return (given) => {
    const result = results.get(given) ?? compute(given);
    results.set(given, result);
    return result;
  };
}
