/** What answers to questions come to, by the scores of lm-evaluation-harness and by metrics of answers. */
import { corpusBleu } from '../metrics/bleu.ts';
import { corpusChrf } from '../metrics/chrf.ts';
import { type Metric, type MetricName, metricFor } from '../metrics/metrics.ts';
import type { AnswerQuestion, ChoiceQuestion } from './questions.ts';
import type { Ignored, ScoreRequest } from './task.ts';

/** Shares 0 to 1; `bleu`, `chrf` and metrics of answers 0 to 100. */
export interface Score {
  readonly name: string;
  readonly value: number;
  /** Standard error of a mean over the questions; null where there is none. */
  readonly error: number | null;
}

/** What is counted of a choice: with `acc_norm` its characters, with `acc_bytes` its bytes in UTF-8. */
const lengthOf: Readonly<Record<string, (choice: string) => number>> = {
  acc: () => 1,
  acc_norm: (choice) => [...choice].length,
  acc_bytes: (choice) => new TextEncoder().encode(choice).length,
};

/** The choice that is the likeliest for its length; the first of equals. */
export function chosen(name: string, { choices }: ChoiceQuestion, likelihoods: readonly number[]): number {
  const shares = likelihoods.map((value, index) => value / lengthOf[name]!(choices[index]!));
  return shares.indexOf(Math.max(...shares));
}

/** @param likelihoods of the choices of each question, in nats */
export const choiceScores = (
  requests: readonly ScoreRequest[],
  questions: readonly ChoiceQuestion[],
  likelihoods: readonly (readonly number[])[],
): Score[] =>
  requests.map(({ name }) => {
    const isRight = (question: ChoiceQuestion, row: number) =>
      question.right.includes(chosen(name, question, likelihoods[row]!));
    return meanOf(
      name,
      questions.map((question, row) => (isRight(question, row) ? 1 : 0)),
    );
  });

export function answerScores(
  requests: readonly ScoreRequest[],
  questions: readonly AnswerQuestion[],
  answers: readonly string[],
): Score[] {
  return requests.map((request) => {
    const { name } = request;
    // All together, against the first of what is expected.
    const firsts = questions.map(({ targets }) => targets[0]!);
    if (name === 'bleu') return { name, value: corpusBleu(answers, firsts), error: null };
    if (name === 'chrf') return { name, value: corpusChrf(answers, firsts), error: null };
    const score = scorer(request, questions);
    return meanOf(
      name,
      questions.map(({ targets }, row) => Math.max(...targets.map((target) => score(answers[row]!, target)))),
    );
  });
}

function scorer({ name, ignores }: ScoreRequest, questions: readonly AnswerQuestion[]): Metric['score'] {
  if (name !== 'exact_match')
    return metricFor(
      name as MetricName,
      questions.flatMap(({ targets }) => targets),
    ).score;
  const bare = (text: string) => ignores.reduce((left, each) => without[each](left), text);
  return (answer, expected) => (bare(answer) === bare(expected) ? 1 : 0);
}

const without: Readonly<Record<Ignored, (text: string) => string>> = {
  ignore_case: (text) => text.toLowerCase(),
  ignore_punctuation: (text) => text.replace(/[!-/:-@[-`{-~]/g, ''),
  ignore_numbers: (text) => text.replace(/[0-9]/g, ''),
};

/** The standard error is that of the sample's deviation. */
function meanOf(name: string, values: readonly number[]): Score {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { name, value: mean, error: count > 1 ? Math.sqrt(squares / (count - 1) / count) : null };
}
