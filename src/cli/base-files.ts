import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readBase, requireBase } from '../files/run-base.ts';
import { baseFile } from '../files/runs.ts';
import type { ModelFiles } from '../files/source.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { nodeDirectory } from './node-directory.ts';
import { isHubId, openModelFiles } from './run-files.ts';

/**
 * The files of the model that a run was trained on, of the Hub at the commit that they had; any where the folder says
 * nothing of its base.
 * @throws AppError 'run-base-changed' and 'run-base-moved' where they are others now, and as `openModelFiles`
 */
export async function openBaseFiles(
  runFile: string,
  model: Pick<RunConfig['model'], 'llm_backbone' | 'revision'>,
  run: string,
): Promise<ModelFiles> {
  const kept = await readBase(nodeDirectory(run));
  const isAtCommit = kept?.commit && isHubId(runFile, model.llm_backbone);
  const files = await openModelFiles(runFile, isAtCommit ? { ...model, revision: kept.commit! } : model, 'all');
  await requireBase(kept, files, model.llm_backbone);
  return files;
}

/** The folder of the run that made an adapter or a model: the one above it. */
export const runAbove = (result: string): string => dirname(resolve(result));

/** Whether a run was begun by a version that did not note its base. */
export const knowsNoBase = (run: string): boolean =>
  existsSync(join(run, 'checkpoints')) && !existsSync(join(run, baseFile));
