import { AppError } from '../../errors.ts';
import { baseMark, differingFile } from '../../files/base-mark.ts';
import type { Directory } from '../../files/directory.ts';
import { readBase, requireBase } from '../../files/run-base.ts';
import { taskOf } from '../../tasks/registry.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import { openFor, openRun } from '../../training/session/fit-run.ts';
import { materialOf } from '../data/material.ts';
import type { RunTables } from '../data/opened-table.ts';
import { loadModel } from '../models/load-model.ts';
import type { ModelSource } from '../models/messages.ts';
import { hubModel } from '../models/model-files.ts';
import { type OpenedModel, reopened } from '../models/opened-model.ts';
import type { Workshop } from '../workshop.ts';
import { type RunOrigin, readOrigin } from './run-origin.ts';
import { readRunTables } from './run-tables.ts';

/** Where model and tables of a run come from, as it is kept beside the run. */
export function originOf(
  { source, name, open }: OpenedModel,
  { table, validation }: RunTables,
  totalSteps: number,
): RunOrigin {
  const tables = { table: table.name, ...(validation ? { validation: validation.name } : {}) };
  return { source: keptSource(source, name), model: name, modelType: open.model.modelType, ...tables, totalSteps };
}

/** Tokens are not stored, and files of the visitor's disk cannot be. */
function keptSource(source: ModelSource, name: string): RunOrigin['source'] {
  if (source.kind === 'files') return { kind: 'local', name };
  if (source.kind === 'example') return source;
  const { token: _, ...rest } = source;
  return rest;
}

/** Whether an open model is the one that a run was made with: from the same place, or a folder of the same name. */
export function sameModel({ source, name }: OpenedModel, origin: RunOrigin): boolean {
  const lastPart = (path: string) => path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (JSON.stringify(keptSource(source, name)) === JSON.stringify(origin.source)) return true;
  const isLocal = source.kind === 'files' || origin.source.kind === 'local';
  return isLocal && lastPart(name) === lastPart(origin.model);
}

/**
 * The model that a run has made, with the run's own classes where it learned some.
 * @param base the model it was made with, where that is known to be open
 * @throws AppError as opening its model does
 */
export async function openedForRun(
  workshop: Workshop,
  folder: Directory,
  config: RunConfig,
  base?: OpenedModel,
): Promise<OpenedModel> {
  const origin = await readOrigin(folder);
  if (base) await requireBase(await readBase(folder), base.open.files, origin.model);
  const opened = base ?? (await modelOf(workshop, folder, origin));
  const { head } = taskOf(config);
  if (head) return reopened(opened, openFor(opened.open, head));
  const tables = await readRunTables(folder, origin, config);
  return reopened(opened, openRun(opened.open, config, materialOf(opened, tables)).open);
}

/**
 * The model of a run: the open one where it is that, else opened again, at the commit that the run was made with.
 * @throws AppError 'run-model-missing', 'run-base-changed' and 'run-base-moved' where it is not what it was
 */
export async function modelOf(
  workshop: Workshop,
  folder: Directory,
  { source, model }: RunOrigin,
  signal?: AbortSignal,
): Promise<OpenedModel> {
  const { model: open } = workshop;
  const kept = await readBase(folder);
  const isOpen = open !== null && JSON.stringify(keptSource(open.source, open.name)) === JSON.stringify(source);
  if (isOpen) {
    if (!kept || differingFile(kept, await baseMark(open.open.files)) === null) return open;
    // A branch that has moved since; a folder has no other state to go back to.
    if (source.kind !== 'hub' || kept.commit === null) await requireBase(kept, open.open.files, model);
  }
  if (source.kind === 'local') throw new AppError('run-model-missing', { model });
  // A token is with the open model alone.
  const from = isOpen ? open.source : source;
  const opened = await loadModel(workshop, await atCommit(workshop, from, kept?.commit ?? null), signal);
  await requireBase(kept, opened.open.files, model);
  return opened;
}

/** Where a branch has moved, the commit that it stood at. */
async function atCommit(workshop: Workshop, source: ModelSource, commit: string | null): Promise<ModelSource> {
  if (source.kind !== 'hub' || commit === null) return source;
  const now = await hubModel(workshop, source);
  return now.commit === commit ? source : { ...source, revision: commit };
}
