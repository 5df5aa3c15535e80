/** Where model and tables of a run come from: `origin.json` beside the run's own files. */
import * as v from 'valibot';
import { AppError, because } from '../../errors.ts';
import { type Directory, readText, writeText } from '../../files/directory.ts';
import { parsedFile } from '../../files/parsed-file.ts';
import type { ModelSource } from '../models/messages.ts';
import type { RunCost } from './messages.ts';

/** What the page needs beside the run's own files to take it up again. */
export interface RunOrigin {
  /** Without the token of a Hub source; files from the visitor's disk have a name only. */
  readonly source: ModelSource | { readonly kind: 'local'; readonly name: string };
  readonly model: string;
  /** Absent in runs kept by older versions. */
  readonly modelType?: string;
  readonly table: string;
  /** The file of validation rows, where there is one. */
  readonly validation?: string;
  readonly totalSteps: number;
  /** Absent in runs kept by older versions, as is what it was planned to cost. */
  readonly trainingRows?: number;
  readonly cost?: RunCost;
  /** What it was trained with last: `auto` may mean another one at the next visit. */
  readonly executor?: string;
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const originSchema = v.object({
  source: v.variant('kind', [
    v.object({ kind: v.literal('example') }),
    v.object({ kind: v.literal('hub'), id: v.string(), revision: v.string(), endpoint: v.string() }),
    v.object({ kind: v.literal('local'), name: v.string() }),
  ]),
  model: v.string(),
  modelType: v.exactOptional(v.string()),
  table: v.string(),
  validation: v.exactOptional(v.string()),
  totalSteps: count,
  trainingRows: v.exactOptional(count),
  cost: v.exactOptional(
    v.object({ trainedParameters: v.number(), totalParameters: v.number(), peakBytes: v.number() }),
  ),
  executor: v.exactOptional(v.string()),
});

const originFile = 'origin.json';

export function saveOrigin(run: Directory, origin: RunOrigin): Promise<void> {
  return writeText(run, originFile, `${JSON.stringify(origin, null, 2)}\n`);
}

/** @throws AppError 'checkpoint-invalid' where the run was not made by the page, or the file is damaged */
export async function readOrigin(run: Directory): Promise<RunOrigin> {
  const origin = await originOrNone(run);
  if (origin) return origin;
  throw new AppError('checkpoint-invalid', { reason: because`it does not say which model it was made with` });
}

/** Null of a run that the page did not make. @throws AppError 'checkpoint-invalid' where the file is damaged */
export async function originOrNone(run: Directory): Promise<RunOrigin | null> {
  if (!(await run.exists(originFile))) return null;
  return parsedFile(originFile, originSchema, await readText(run, originFile));
}
