import * as v from 'valibot';
import { type Directory, readText, writeText } from '../../files/directory.ts';
import { parsedFile } from '../../files/parsed-file.ts';
import { readSamples } from '../../files/runs.ts';
import type { SampleAnswer } from './events.ts';

/** What the model as published said to a prompt; null where it could no longer be asked. */
export type BaseAnswer = Pick<SampleAnswer, 'prompt' | 'base'>;

/** Where training changes the base itself, its answers are kept as soon as they are had: later nobody can ask it. */
const file = 'base-answers.json';
const schema = v.array(v.object({ prompt: v.string(), base: v.nullable(v.string()) }));

export const keepBaseAnswers = (run: Directory, answers: readonly BaseAnswer[]): Promise<void> =>
  writeText(run, file, `${JSON.stringify(answers, null, 2)}\n`);

export const removeBaseAnswers = (run: Directory): Promise<void> => run.remove(file);

/** As they were kept; of runs of older versions those of the last evaluation. */
export async function readBaseAnswers(run: Directory): Promise<readonly BaseAnswer[]> {
  if (await run.exists(file)) return parsedFile(file, schema, await readText(run, file));
  return ((await readSamples(run)).at(-1)?.samples as SampleAnswer[] | undefined) ?? [];
}
