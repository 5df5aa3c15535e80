import type { ExportChoices, StreamedFile, Target } from '../../exports/target.ts';
import { ownFormOf, requireTarget, type TargetName } from '../../exports/targets.ts';
import { blobFiles } from '../../files/blob-files.ts';
import type { ModelFiles } from '../../files/source.ts';
import { comparedSequences, requireMerged } from '../../generation/merged.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import { openModel } from '../../training/session/open-model.ts';
import { tokenizerOf } from '../models/opened-model.ts';
import { splitResultId } from '../runs/result-id.ts';
import { usualName } from '../runs/run-name.ts';
import { readOrigin } from '../runs/run-origin.ts';
import { readConfig, runFolder } from '../runs/run-store.ts';
import type { Workshop } from '../workshop.ts';
import { factsOf, type KeptRun, keptRun } from './exported-run.ts';
import type { Download } from './messages.ts';

/** A result in one of its forms; what is large in it is made when it is read. */
export interface WrittenResult {
  readonly target: Target;
  readonly run: KeptRun;
  readonly files: readonly StreamedFile[];
  /** What it may be called: the run's name, and the evaluation that it is of, without what a file name trips over. */
  readonly title: string;
  /**
   * Of a whole model for text: how far what the files say, once written, is from what base and adapter say.
   * @throws AppError 'merge-differs', 'merge-forgets'
   */
  check(written: ReadonlyMap<string, Blob>): Promise<NonNullable<Download['checked']> | null>;
}

/** @throws AppError why the target cannot be had of the run */
export async function writtenResult(
  workshop: Workshop,
  id: string,
  targetName: TargetName,
  choices: ExportChoices,
): Promise<WrittenResult> {
  const { runId, evaluation } = splitResultId(id);
  const folder = runFolder(await workshop.runs(), runId);
  const config = await readConfig(folder);
  const target = requireTarget(targetName, await factsOf(folder, config));
  const { active } = workshop;
  // What is compared on the device takes it from a run that trains or chats there.
  const isModel = target.holds === 'model';
  if (isModel) workshop.turn.require();
  const trained = !isModel && active?.isOf(id) ? active.trained : undefined;
  const run = keptRun(workshop, id, { folder, config, trained });
  const files = await target.write(run, choices);
  const origin = await readOrigin(folder).catch(() => null);
  const name = config.environment.experiment_name || (origin ? usualName(origin) : runId);
  const title = `${name.replace(/[^\p{L}\p{N}._-]+/gu, '-')}${evaluation === null ? '' : `-step-${evaluation}`}`;
  return {
    ...{ target, run, files, title },
    async check(written) {
      if (!isModel || (await run.opened()).open.model.kind === 'image') return null;
      return requireSameLogits(workshop, run, config, target, blobFiles(written));
    },
  };
}

/** @throws AppError 'merge-differs', 'merge-forgets' where the merged model says something else than base and adapter */
async function requireSameLogits(
  workshop: Workshop,
  run: KeptRun,
  config: RunConfig,
  { readBack = (all) => openModel(all) }: Target,
  files: ModelFiles,
) {
  const executor = await workshop.executors.executor(config.environment.executor);
  const opened = await run.opened();
  const sequences = comparedSequences(tokenizerOf(opened).vocabularySize);
  const { tuning, values } = await run.saved();
  const merged = await readBack(files, opened.open);
  // A run may have begun while the model was written.
  workshop.turn.require();
  workshop.release();
  const instead = ownFormOf({ base: opened.open, tuning });
  return requireMerged({ executor, open: opened.open, sequences, tuning, values, merged, instead });
}
