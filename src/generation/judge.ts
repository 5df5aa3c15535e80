import { AppError, because, type Reason } from '../errors.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { askServer, type ChatServer, isKeyOf, type ServerKey, type ServerMessage } from './chat-server.ts';

export interface Question {
  readonly prompt: string;
  readonly expected: string;
  readonly answer: string;
}

/** Scores one answer from 1 to 10. @throws AppError 'judge-failed' */
export type Judge = (question: Question, signal?: AbortSignal) => Promise<number>;

const instruction =
  'You are an impartial judge. You get a question, a reference answer and an answer to be judged. Weigh how correct, ' +
  'complete and relevant the judged answer is; the reference shows what was wanted, other wordings are as good. Say in ' +
  'one sentence why, then give a whole number from 1 (useless) to 10 (as good as the reference) in exactly this form: ' +
  '[[number]]';

/** What leaves the computer is in `question`, the instruction and the model's name; nothing else. */
export function createJudge(server: ChatServer): Judge {
  return async (question, signal) => {
    const { text } = await askServer(server, messagesFor(question), { temperature: 0 }, 'judge-failed', signal);
    const score = Number(/\[\[\s*(\d+(?:\.\d+)?)\s*\]\]/.exec(text ?? '')?.[1]);
    if (score >= 1 && score <= 10) return score;
    throw new AppError('judge-failed', { endpoint: server.endpoint, reason: because`its answer has no [[score]]` });
  };
}

/** Scores that a judge gave, of one run: its evaluations, its verdict and its table often ask the same. */
export type KnownScores = Map<string, number>;

/** Scores that are kept at most; the oldest go first. */
const mostKnown = 10_000;

/** The same judge, asked once for the same answer to the same question. What fails is asked again. */
export function askedOnce(judge: Judge, known: KnownScores): Judge {
  return async (question, signal) => {
    const { prompt, expected, answer } = question;
    const key = JSON.stringify([prompt, expected, answer]);
    const before = known.get(key);
    if (before !== undefined) return before;
    const score = await judge(question, signal);
    if (known.size >= mostKnown) known.delete(known.keys().next().value!);
    known.set(key, score);
    return score;
  };
}

/**
 * The judge that a run config names; null where its metric needs none.
 * @param given sent only to the judge that it is for
 * @param known scores that it gave before, of the same run; it adds to them
 * @throws AppError 'run-config-invalid' where endpoint or model are missing
 */
export function judgeFor(
  { metric, judge_endpoint: endpoint, judge_model: model }: RunConfig['prediction'],
  given: ServerKey,
  fetcher: typeof fetch,
  known: KnownScores = new Map(),
): Judge | null {
  if (metric !== 'judge') return null;
  const invalid = (name: string, reason: Reason) =>
    new AppError('run-config-invalid', { key: `prediction.${name}`, reason });
  if (!URL.canParse(endpoint))
    throw invalid('judge_endpoint', because`it must be an address such as http://localhost:11434/v1`);
  if (model === '') throw invalid('judge_model', because`it is empty`);
  const key = isKeyOf(given, endpoint) ? given.key : '';
  return askedOnce(createJudge({ endpoint, model, key, fetch: fetcher }), known);
}

const messagesFor = ({ prompt, expected, answer }: Question): ServerMessage[] => [
  { role: 'system', content: instruction },
  {
    role: 'user',
    content: `[Question]\n${prompt}\n\n[Reference answer]\n${expected}\n\n[Judged answer]\n${answer}`,
  },
];
