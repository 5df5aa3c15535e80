import { AppError } from '../errors.ts';
import { isKeyOf, type ServerKey } from '../generation/chat-server.ts';
import { type Judge, judgeFor } from '../generation/judge.ts';
import type { RunConfig } from '../training/config/run-config.ts';

/**
 * The judge that a run config names; null where it names none. Tells first what it will be sent. A run config may come
 * from anywhere, so the key is sent only to the judge that the environment names beside it.
 * @throws AppError 'usage' where a key is set and not for whom
 */
export function judgeOf(
  { prediction }: RunConfig,
  tell: (line: string) => void = console.error,
  { ATELIER_JUDGE_KEY: key = '', ATELIER_JUDGE_ENDPOINT: endpoint = '' }: NodeJS.ProcessEnv = process.env,
): Judge | null {
  const given: ServerKey = { key, endpoint };
  const judge = judgeFor(prediction, given, fetch);
  if (!judge) return null;
  const { judge_endpoint: named } = prediction;
  if (key !== '' && endpoint === '') {
    const reason = `ATELIER_JUDGE_KEY is set, and the run config has answers judged at ${named}. If the key is for that judge, set ATELIER_JUDGE_ENDPOINT=${named} as well; else unset the key`;
    throw new AppError('usage', { reason });
  }
  const isGiven = key !== '' && isKeyOf(given, named);
  tell(
    `Prompts, expected answers and answers of the validation rows are sent to ${named}, ${isGiven ? 'with' : 'without'} a key`,
  );
  return judge;
}
