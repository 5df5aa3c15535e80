import type { ExampleRow } from '../../data/examples.ts';
import { labelledExample, textOf } from '../../data/labelled-examples.ts';
import {
  type Judgement,
  judgement,
  judgementInWords,
  judgementScore,
  mainScore,
} from '../../tasks/labels/judgement.ts';
import { labelledSettings } from '../../tasks/labels/reading.ts';
import type { Prediction } from '../../tasks/scores.ts';
import { classifyTokens } from '../../training/results/classify.ts';
import type { AnswerScore } from '../../training/run/events.ts';
import { tokenizerOf } from '../models/opened-model.ts';
import type { ActiveRun } from '../runs/active-run.ts';
import type { AnsweredTable, ChatSide } from './messages.ts';

interface Progress {
  readonly signal: AbortSignal;
  readonly onDone: (side: ChatSide, done: number, total: number) => void;
}

/** Texts that are classified side by side. */
const batchSize = 8;

/** Every validation row that has a label, as both sides of a run judge it; scored by the probability of its label. */
export async function judgedTable(
  { config, model, opened }: ActiveRun['parts'],
  rows: readonly ExampleRow[],
  { signal, onDone }: Progress,
): Promise<AnsweredTable> {
  const { model: described } = model.open;
  const tokenizer = tokenizerOf(opened);
  const settings = labelledSettings(config, described.tablePositions, described);
  const labelled = rows.flatMap((row) => {
    const example = labelledExample(row, tokenizer, settings);
    return example ? [{ row, example }] : [];
  });
  const logitsOf = async (side: ChatSide): Promise<Float32Array[]> => {
    const found: Float32Array[] = [];
    while (found.length < labelled.length && !signal.aborted) {
      const part = labelled.slice(found.length, found.length + batchSize).map(({ example }) => example.ids);
      found.push(...(await classifyTokens(model, part, side, batchSize)));
      onDone(side, found.length, labelled.length);
    }
    return found;
  };
  const [base, tuned] = [await logitsOf('base'), await logitsOf('tuned')];
  const predictionOf = (logits: Float32Array, index: number): Prediction => {
    const { labels, targets } = labelled[index]!.example;
    return { logits, label: labels.find((label) => label >= 0)!, values: targets };
  };
  const scoreOf = (all: readonly Float32Array[]): AnswerScore | null => {
    if (all.length === 0) return null;
    return { ...mainScore(described, all.map(predictionOf)), note: '' };
  };
  const shown = (logits: Float32Array): Judgement => judgement(described, logits);
  return {
    // A table that was stopped has the rows that both sides judged.
    rows: labelled.slice(0, tuned.length).map(({ row }, index) => ({
      prompt: textOf(row, config.dataset.prompt_column_separator),
      expected: row.answer.trim(),
      base: judgementInWords(shown(base[index]!)),
      tuned: judgementInWords(shown(tuned[index]!)),
      baseScore: judgementScore(predictionOf(base[index]!, index), shown(base[index]!)),
      tunedScore: judgementScore(predictionOf(tuned[index]!, index), shown(tuned[index]!)),
    })),
    base: scoreOf(base),
    tuned: scoreOf(tuned),
  };
}
