import { AppError, because, type Reason } from '../errors.ts';
import type { RunConfig } from '../training/config/run-config.ts';

/** A model that scores answers, behind an endpoint that speaks OpenAI's chat completions. */
export interface JudgeOptions {
  /** Up to and including the version, such as `http://localhost:11434/v1`. */
  readonly endpoint: string;
  readonly model: string;
  /** Kept in memory only; '' where none is needed. */
  readonly key: string;
  readonly fetch: typeof fetch;
}

/** A key, and the endpoint of the one judge that may be sent it; both '' where there is none. */
export interface JudgeKey {
  readonly endpoint: string;
  readonly key: string;
}

export const noJudgeKey: JudgeKey = { endpoint: '', key: '' };

const withoutSlash = (endpoint: string): string => endpoint.replace(/\/+$/, '');

/** Whether a key is for the judge at an endpoint. */
export const isJudgeOf = (key: JudgeKey, endpoint: string): boolean =>
  withoutSlash(key.endpoint) === withoutSlash(endpoint);

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
export function createJudge({ endpoint, model, key, fetch }: JudgeOptions): Judge {
  const url = `${withoutSlash(endpoint)}/chat/completions`;
  const failed = (reason: Reason, cause?: unknown) => new AppError('judge-failed', { endpoint, reason }, { cause });
  return async (question, signal) => {
    const body = { model, temperature: 0, messages: messagesFor(question) };
    const headers = { 'Content-Type': 'application/json', ...(key === '' ? {} : { Authorization: `Bearer ${key}` }) };
    // What is asked is for this judge and goes on to no other.
    const asked: RequestInit = { method: 'POST', headers, body: JSON.stringify(body), redirect: 'error' };
    const response = await fetch(url, { ...asked, ...(signal ? { signal } : {}) }).catch((cause: unknown) => {
      throw cause instanceof AppError ? cause : failed(because`it could not be reached`, cause);
    });
    if (!response.ok) throw failed(because`it answered ${response.status}`);
    const text = contentOf(await response.json().catch(() => null));
    const score = Number(/\[\[\s*(\d+(?:\.\d+)?)\s*\]\]/.exec(text ?? '')?.[1]);
    if (!(score >= 1 && score <= 10)) throw failed(because`its answer has no [[score]]`);
    return score;
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
  given: JudgeKey,
  fetcher: typeof fetch,
  known: KnownScores = new Map(),
): Judge | null {
  if (metric !== 'judge') return null;
  const invalid = (name: string, reason: Reason) =>
    new AppError('run-config-invalid', { key: `prediction.${name}`, reason });
  if (!URL.canParse(endpoint))
    throw invalid('judge_endpoint', because`it must be an address such as http://localhost:11434/v1`);
  if (model === '') throw invalid('judge_model', because`it is empty`);
  const key = isJudgeOf(given, endpoint) ? given.key : '';
  return askedOnce(createJudge({ endpoint, model, key, fetch: fetcher }), known);
}

const messagesFor = ({ prompt, expected, answer }: Question) => [
  { role: 'system', content: instruction },
  {
    role: 'user',
    content: `[Question]\n${prompt}\n\n[Reference answer]\n${expected}\n\n[Judged answer]\n${answer}`,
  },
];

function contentOf(response: unknown): string | null {
  const { choices } = (response ?? {}) as { choices?: { message?: { content?: unknown } }[] };
  const content = choices?.[0]?.message?.content;
  return typeof content === 'string' ? content : null;
}
