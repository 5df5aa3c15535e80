import type { ExampleRow } from '../../data/examples.ts';
import { askedTexts, type LogitsOfTexts, type TextAnswers } from '../../tasks/answers.ts';
import { classifyTokens } from '../../training/results/classify.ts';
import type { AnswerScore } from '../../training/run/events.ts';
import { tokenizerOf } from '../models/opened-model.ts';
import type { ActiveRun } from '../runs/active-run.ts';
import type { AnsweredTable, ChatSide } from './messages.ts';

interface Progress {
  readonly signal: AbortSignal;
  readonly onDone: (side: ChatSide, done: number, total: number) => void;
}

/** Texts that are asked about side by side. */
const batchSize = 8;

/** Every validation row of which the answer is known, as both sides of a run classify it. */
export async function classifiedTable(
  answers: TextAnswers,
  { config, model, opened }: ActiveRun['parts'],
  rows: readonly ExampleRow[],
  { signal, onDone }: Progress,
): Promise<AnsweredTable> {
  const { questions, score } = answers.known(model.open.model, tokenizerOf(opened), config, rows);
  const logitsOf = async (side: ChatSide): Promise<LogitsOfTexts[]> => {
    const found: LogitsOfTexts[] = [];
    while (found.length < questions.length && !signal.aborted) {
      const part = questions.slice(found.length, found.length + batchSize);
      const texts = part.map(askedTexts);
      const logits = await classifyTokens(model, texts.flat(), side, batchSize);
      for (const { length } of texts) found.push(logits.splice(0, length) as [Float32Array, ...Float32Array[]]);
      onDone(side, found.length, questions.length);
    }
    return found;
  };
  const [base, tuned] = [await logitsOf('base'), await logitsOf('tuned')];
  const scoreOf = (all: readonly LogitsOfTexts[]): AnswerScore | null =>
    all.length === 0 ? null : { ...score(all), note: '' };
  return {
    // A table that was stopped has the rows that both sides classified.
    rows: questions.slice(0, tuned.length).map(({ text: prompt, expected, answer }, index) => {
      const [before, after] = [answer(base[index]!, base), answer(tuned[index]!, tuned)];
      const said = { base: before.text, tuned: after.text, baseScore: before.score, tunedScore: after.score };
      const right = { baseRight: before.right, tunedRight: after.right };
      const named = before.said === undefined ? {} : { baseSaid: before.said, tunedSaid: after.said! };
      return { prompt, expected, ...said, ...right, ...named };
    }),
    base: scoreOf(base),
    tuned: scoreOf(tuned),
  };
}
