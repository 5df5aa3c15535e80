import { AppError, because, type Reason } from '../errors.ts';
import {
  type CheckpointTensor,
  type FaultInTensor,
  type LoadedCheckpoint,
  openCheckpoint,
  writeCheckpoint,
} from './checkpoint-file.ts';
import { type Directory, readText, subdirectory, writeText } from './directory.ts';
import { notARun } from './leftovers.ts';
import { parsedFile } from './parsed-file.ts';
import {
  type InsideRecord,
  isInsideRecord,
  isMetricsRecord,
  isSamplesRecord,
  type MetricsRecord,
  runConfigFile,
  runInfo,
  type SamplesRecord,
} from './run-records.ts';

/**
 * A run is a directory:
 *
 *     run.json               the run config, as the page and the command line save and load it
 *     info.json              RunInfo
 *     base.json              of which files the base is (`run-base.ts`)
 *     metrics.jsonl          one record a line
 *     samples.jsonl          answers to validation prompts, one evaluation a line
 *     inside.jsonl           how far each weight moved and where the gradient was, one evaluation a line
 *     base-answers.json      where training changes the base itself: what it said to the prompts before
 *     state.json             of the page's runs: whether it is under way, or how it ended
 *     identity.json          of the page's runs: hashes of model and data
 *     outcome.json           how it ended, and what its held-out rows say
 *     choices.jsonl          answers that were compared blind, one choice a line
 *     examples/              of a result that was looked at row by row: step-00000240.csv, the loss of each row
 *     checkpoints/           step-00000240.safetensors …, best-00000240.safetensors …, evaluation-00000240.safetensors …
 *
 * A checkpoint is one file (`checkpoint-file.ts`) and counts only when it reads as whole.
 */

export interface RunInfo {
  /** What the run was trained on, so that a resumed run can tell that its data changed. */
  readonly fingerprint: string;
  readonly created: string;
  /** Whatever else the trainer wants to find again, such as the tile table. */
  readonly [more: string]: unknown;
}

const padded = (step: number): string => String(step).padStart(8, '0');
/** The checkpoint of an evaluation that was the best so far. */
export const bestName = (step: number): string => `best-${padded(step)}`;
/** Of older versions, which kept one and wrote the next over it. */
export const earlierBestName = 'best';
/** The checkpoint of one evaluation. */
export const evaluationName = (step: number): string => `evaluation-${padded(step)}`;

/** `run-base.ts` reads it. */
export const baseFile = 'base.json';
const checkpointFolder = 'checkpoints';
const evaluationFile = /^evaluation-(\d+)\.safetensors$/;
const bestFile = /^best-(\d+)\.safetensors$/;
const stepFile = /^step-(\d+)\.safetensors$/;

/** Starts a run in an empty directory. `config` and `info` must be plain JSON data. */
export async function createRun(run: Directory, config: unknown, info: RunInfo): Promise<void> {
  await writeText(run, 'info.json', `${JSON.stringify(info, null, 2)}\n`);
  // Last, because a directory counts as a run once it has its config.
  await writeText(run, 'run.json', `${JSON.stringify(config, null, 2)}\n`);
}

/** @throws AppError `file-missing` when the directory is no run, 'checkpoint-invalid' when its files are damaged */
export async function readRun(run: Directory): Promise<{ config: unknown; info: RunInfo }> {
  return {
    config: parsedFile('run.json', runConfigFile, await readText(run, 'run.json')),
    info: parsedFile('info.json', runInfo, await readText(run, 'info.json')),
  };
}

/** The names of those folders in a folder of runs that are runs, whole or damaged. */
export async function runIds(runs: Directory): Promise<string[]> {
  const folders = (await runs.list('')).filter(({ kind }) => kind === 'folder');
  const isRun = async (folder: string) => {
    const names = (await runs.list(folder)).map(({ name }) => name);
    return names.includes('run.json') && !names.includes(notARun);
  };
  const found = await Promise.all(folders.map(({ name }) => isRun(name)));
  return folders.flatMap(({ name }, index) => (found[index] ? [name] : []));
}

/**
 * Removes a run, so that of one whose removal is broken off it is known what is left (`notARun`). A full disk, which has no
 * room for that mark, keeps no run from being removed.
 */
export async function deleteRun(runs: Directory, id: string): Promise<void> {
  await writeText(runs, `${id}/${notARun}`, '').catch(() => {});
  for (const { name } of await runs.list(id)) if (name !== notARun) await runs.remove(`${id}/${name}`);
  await runs.remove(id);
}

export interface SaveOptions {
  /** How many step checkpoints to keep, this one included; the oldest go once this one is safe. */
  readonly keep?: number;
  /** Saves under this name (such as "best") beside the step checkpoints, replacing the one before it. */
  readonly name?: string;
}

/**
 * Saves a checkpoint whole or not at all.
 * @param state plain JSON data: what is not a tensor (step counters, random state, data position). Numbers that JSON
 * cannot say (NaN, infinities, −0) do not survive.
 * @throws AppError `storage-full`; the checkpoints before are untouched.
 */
export async function saveCheckpoint(
  run: Directory,
  step: number,
  tensors: readonly CheckpointTensor[],
  state: unknown,
  { keep = 2, name }: SaveOptions = {},
): Promise<void> {
  const file = `${name ?? `step-${padded(step)}`}.safetensors`;
  const folder = subdirectory(run, checkpointFolder);
  await writeCheckpoint(folder, file, step, tensors, state);
  await folder.remove(markOf(file));
  if (name !== undefined) return;
  const kept = (await checkpointSteps(run)).filter((other) => other.step <= step).slice(0, keep);
  for (const { name: old } of await folder.list('')) {
    const match = stepFile.exec(old);
    if (!match || Number(match[1]) > step || kept.some((each) => each.file === old)) continue;
    await folder.remove(old);
    await folder.remove(markOf(old));
  }
}

/** What more is asked of a checkpoint than that its bytes are those that were written; null where nothing is wrong. */
export interface CheckpointChecks {
  readonly faultInState?: (state: unknown, step: number) => Reason | null;
  readonly faultInTensor?: FaultInTensor;
}

/**
 * The newest sound checkpoint; undefined where there is none. One that was cut off while it was written is passed over.
 * So is one whose bytes are not those that were written, or which the checks refuse, where there is an earlier one: from
 * then on `savedStep` passes over it, too.
 * @throws AppError 'checkpoint-invalid' where each that is whole is refused: its run must not begin anew unasked
 */
export async function loadCheckpoint(
  run: Directory,
  checks: CheckpointChecks = {},
): Promise<LoadedCheckpoint | undefined> {
  const folder = subdirectory(run, checkpointFolder);
  const refused: { readonly file: string; readonly reason: Reason }[] = [];
  for (const { file, step } of await checkpointSteps(run)) {
    const opened = await openCheckpoint(folder, file);
    if (!opened) continue;
    const reason =
      (await opened.fault(checks.faultInTensor)) ??
      (opened.step === step ? null : because`the file ${file} says that it is of step ${opened.step}`) ??
      checks.faultInState?.(opened.state, step);
    if (reason) {
      refused.push({ file, reason });
      continue;
    }
    // Where not even the mark can be kept, the next reader finds out for himself.
    for (const each of refused) await writeText(folder, markOf(each.file), '').catch(() => {});
    return opened;
  }
  if (refused.length > 0) throw new AppError('checkpoint-invalid', { reason: refused[0]!.reason });
  return undefined;
}

/**
 * A checkpoint beside those of the steps; undefined where it was not written, or was broken off before its content.
 * @throws AppError 'checkpoint-invalid' where its bytes are not those that were written
 */
export async function loadNamed(run: Directory, name: string): Promise<LoadedCheckpoint | undefined> {
  const folder = subdirectory(run, checkpointFolder);
  const file = `${name}.safetensors`;
  if (!(await folder.exists(file)) || (await folder.size(file)) === 0) return undefined;
  const opened = await openCheckpoint(folder, file);
  if (opened && (await opened.fault()) === null) return opened;
  throw new AppError('checkpoint-invalid', { reason: because`the file ${file} is damaged` });
}

/** Steps of the evaluations whose weights were kept, in their order. */
export const keptEvaluations = (run: Directory): Promise<number[]> => stepsNamed(run, evaluationFile);

/** Removes the weights of evaluations that a run which goes on from `step` has not come to. */
export async function removeEvaluationsAfter(run: Directory, step: number): Promise<void> {
  for (const later of await keptEvaluations(run))
    if (later > step) await run.remove(`${checkpointFolder}/${evaluationName(later)}.safetensors`);
}

/** Steps of the evaluations that were the best so far and whose weights are there, in their order. */
export const keptBests = (run: Directory): Promise<number[]> => stepsNamed(run, bestFile);

async function stepsNamed(run: Directory, form: RegExp): Promise<number[]> {
  const names = (await run.list(checkpointFolder)).map(({ name }) => name);
  return names
    .flatMap((name) => form.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** The checkpoints of whatever kind that a run kept, one for each step that has any, in their order; `loadNamed` reads them. */
export async function keptCheckpoints(run: Directory): Promise<{ readonly name: string; readonly step: number }[]> {
  const files = (await run.list(checkpointFolder)).map(({ name }) => name);
  const ofSteps = new Map<number, string>();
  for (const file of files) {
    const step = [evaluationFile, bestFile, stepFile].flatMap((form) => form.exec(file)?.[1] ?? [])[0];
    if (step !== undefined && !files.includes(markOf(file)))
      ofSteps.set(Number(step), file.replace(/\.safetensors$/, ''));
  }
  return [...ofSteps].map(([step, name]) => ({ step, name })).sort((a, b) => a.step - b.step);
}

/** Removes a checkpoint that is beside those of the steps. */
export const removeNamed = (run: Directory, name: string): Promise<void> =>
  run.remove(`${checkpointFolder}/${name}.safetensors`);

/** Checkpoints of steps that are whole by their heads and their lengths, the newest first. */
export async function* savedCheckpoints(run: Directory): AsyncGenerator<Pick<LoadedCheckpoint, 'step' | 'state'>> {
  const folder = subdirectory(run, checkpointFolder);
  for (const { file, step } of await checkpointSteps(run)) {
    const opened = await openCheckpoint(folder, file);
    if (opened) yield { step, state: opened.state };
  }
}

/** Step of the newest of them; null where there is none. */
export async function savedStep(run: Directory): Promise<number | null> {
  for await (const { step } of savedCheckpoints(run)) return step;
  return null;
}

/** Says of a checkpoint that a run has gone on from an earlier one, as it cannot be used. */
const markOf = (file: string): string => `${file}.damaged`;

/** The newest first. */
async function checkpointSteps(run: Directory): Promise<{ file: string; step: number }[]> {
  const names = (await run.list(checkpointFolder)).map(({ name }) => name);
  const steps = names.flatMap((name) => {
    const match = stepFile.exec(name);
    return match && !names.includes(markOf(name)) ? [{ file: name, step: Number(match[1]) }] : [];
  });
  return steps.sort((a, b) => b.step - a.step);
}

const metricsFile = 'metrics.jsonl';
const samplesFile = 'samples.jsonl';
const insideFile = 'inside.jsonl';

export const appendMetrics = (run: Directory, records: readonly MetricsRecord[]): Promise<void> =>
  appendRecords(run, metricsFile, records);
export const appendSamples = (run: Directory, records: readonly SamplesRecord[]): Promise<void> =>
  appendRecords(run, samplesFile, records);
export const appendInside = (run: Directory, record: InsideRecord): Promise<void> =>
  appendRecords(run, insideFile, [record]);

/** All records in the order written. A line that a break left unfinished, or that is no record, is passed over. */
export const readMetrics = (run: Directory): Promise<MetricsRecord[]> => readRecords(run, metricsFile, isMetricsRecord);
export const readSamples = (run: Directory): Promise<SamplesRecord[]> => readRecords(run, samplesFile, isSamplesRecord);
/** One for each step, in their order: the weights that are the result are looked at once more at the end. */
export async function readInside(run: Directory): Promise<InsideRecord[]> {
  const records = await readRecords(run, insideFile, isInsideRecord);
  return [...new Map(records.map((record) => [record.step, record])).values()].sort((a, b) => a.step - b.step);
}

/** Forgets the records after `step`: a run that resumes there writes them anew. Also removes an unfinished last line. */
export const trimMetrics = (run: Directory, step: number): Promise<void> =>
  trimRecords(run, metricsFile, step, isMetricsRecord);
export const trimSamples = (run: Directory, step: number): Promise<void> =>
  trimRecords(run, samplesFile, step, isSamplesRecord);
export const trimInside = (run: Directory, step: number): Promise<void> =>
  trimRecords(run, insideFile, step, isInsideRecord);
export const removeInside = (run: Directory): Promise<void> => run.remove(insideFile);

const outcomeFile = 'outcome.json';

/** Keeps how a run ended, plain JSON data. */
export const saveOutcome = (run: Directory, outcome: object): Promise<void> =>
  writeText(run, outcomeFile, `${JSON.stringify(outcome, null, 2)}\n`);

/** A run that goes on has not ended. */
export const removeOutcome = (run: Directory): Promise<void> => run.remove(outcomeFile);

/** How a run ended; null where it has not, was made by an older version, or the file is damaged. */
export async function readOutcome(run: Directory): Promise<unknown> {
  try {
    return (await run.exists(outcomeFile)) ? JSON.parse(await readText(run, outcomeFile)) : null;
  } catch {
    return null;
  }
}

const examplesFile = (step: number): string => `examples/step-${padded(step)}.csv`;

/** Keeps what was found of each row under the weights of a step. @throws AppError 'storage-full' */
export const saveExamples = (run: Directory, step: number, table: string): Promise<void> =>
  writeText(run, examplesFile(step), table);

/** What was found of them; null where nothing is kept. */
export const readExamples = async (run: Directory, step: number): Promise<string | null> =>
  (await run.exists(examplesFile(step))) ? readText(run, examplesFile(step)) : null;

/** A run that goes on, or begins anew, comes to other weights. */
export const removeExamples = (run: Directory): Promise<void> => run.remove('examples');

interface StepRecord {
  readonly step: number;
}

async function appendRecords(run: Directory, file: string, records: readonly StepRecord[]): Promise<void> {
  if (records.length === 0) return;
  await run.append(file, new TextEncoder().encode(recordLines(records)));
}

type IsRecord<R> = (value: unknown) => value is R;

/** The records of a file of a run, one a line; what is no record is passed over. */
export async function readRecords<R>(run: Directory, file: string, isRecord: IsRecord<R>): Promise<R[]> {
  if (!(await run.exists(file))) return [];
  return (await readText(run, file)).split('\n').flatMap((line) => {
    try {
      const record: unknown = JSON.parse(line);
      return isRecord(record) ? [record] : [];
    } catch {
      return [];
    }
  });
}

async function trimRecords<R extends StepRecord>(
  run: Directory,
  file: string,
  step: number,
  isRecord: IsRecord<R>,
): Promise<void> {
  if (!(await run.exists(file))) return;
  const kept = (await readRecords(run, file, isRecord)).filter((record) => record.step <= step);
  await writeText(run, file, recordLines(kept));
}

/** Plain JSON data, one a line. */
export const recordLines = (records: readonly object[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');
