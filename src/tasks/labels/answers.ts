/** What a classifier says of texts, and of those whose label is known how right it is. */
import type { ExampleRow } from '../../data/examples.ts';
import { encodedRow, labelledExample, textOf } from '../../data/labelled-examples.ts';
import { type Model, requireTextModel } from '../../models/model.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { KnownQuestions, TextAnswers } from '../answers.ts';
import { indexOfLargest, type Prediction, predictionScores } from '../scores.ts';
import type { TaskSettings } from '../settings.ts';
import { classification, classificationInWords, classificationScore, mainScore } from './classification.ts';
import { labelledSettings, requirePairs } from './reading.ts';

export const labelAnswers: TextAnswers = {
  question(model, tokenizer, text, textPair) {
    const textModel = requireTextModel(model);
    const settings = { prompt_column_separator: '', max_length: textModel.tablePositions };
    if (textPair !== undefined) requirePairs(textModel, tokenizer, settings.max_length);
    const row = { prompt: [text], ...(textPair === undefined ? {} : { textPair }) };
    const { ids, typeStart } = encodedRow(row, tokenizer, settings);
    return {
      ids: ids.length > 0 ? ids : [tokenizer.padTokenId],
      typeStart,
      classification: (logits) => classification(model, logits),
    };
  },
  known,
};

function known(model: Model, tokenizer: Tokenizer, config: TaskSettings, rows: readonly ExampleRow[]): KnownQuestions {
  const settings = labelledSettings(config, requireTextModel(model).tablePositions, model);
  const labelled = rows.flatMap((row) => {
    const example = labelledExample(row, tokenizer, settings);
    return example ? [{ row, example }] : [];
  });
  const predictionOf = (logits: Float32Array, index: number): Prediction => {
    const { labels, targets } = labelled[index]!.example;
    return { logits, label: labels.find((label) => label >= 0)!, values: targets };
  };
  const isOneClass = model.classifier!.problem === 'single_label_classification';
  return {
    questions: labelled.map(({ row, example }, index) => ({
      ids: example.ids,
      typeStart: example.typeStart,
      text: [textOf(row, config.dataset.prompt_column_separator), row.textPair ?? []].flat().join('\n'),
      expected: row.answer.trim(),
      answer([logits]) {
        const said = classification(model, logits);
        const prediction = predictionOf(logits, index);
        const scores = predictionScores(model.classifier!.problem, [prediction]);
        return {
          text: classificationInWords(said),
          ...(isOneClass ? { said: said.classes[indexOfLargest(said.classes.map(({ chance }) => chance))]!.name } : {}),
          score: classificationScore(prediction, said),
          right: 'accuracy' in scores ? scores.accuracy === 1 : null,
        };
      },
    })),
    score: (logits) =>
      mainScore(
        model,
        logits.map(([found], index) => predictionOf(found, index)),
      ),
  };
}
