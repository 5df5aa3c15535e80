import { resolve } from 'node:path';
import { AppError } from '../errors.ts';
import { type Setting, settings } from '../training/config/run-config.ts';
import { adapterHead, openAdapter } from '../training/session/adapter-tuning.ts';
import { createModelSession, type ModelSession } from '../training/session/model-session.ts';
import { openModel } from '../training/session/open-model.ts';
import { openBaseFiles, runAbove } from './base-files.ts';
import { createExecutor } from './executors.ts';
import { nodeFiles } from './node-files.ts';
import { requireAdapter } from './result-folder.ts';
import { openModelFiles } from './run-files.ts';

export interface SessionRequest {
  /** Folder or Hub id. */
  readonly model: string;
  readonly adapter?: string | undefined;
  readonly executor?: string | undefined;
  /** What frozen weights are kept as; default: as published. */
  readonly weights?: string | undefined;
}

export interface OpenedSession {
  readonly session: ModelSession;
  dispose(): void;
}

/** A model with or without an adapter, ready for programs. */
export async function openSession({
  model,
  adapter,
  executor = 'auto',
  weights,
}: SessionRequest): Promise<OpenedSession> {
  // Paths of the command line are against the working folder.
  const runFile = resolve('run.json');
  if (adapter !== undefined) requireAdapter(adapter);
  const named = { llm_backbone: model, revision: 'main' };
  const files =
    adapter === undefined
      ? await openModelFiles(runFile, named, 'all')
      : await openBaseFiles(runFile, named, runAbove(adapter));
  const open = await openModel(files, adapter === undefined ? undefined : await adapterHead(nodeFiles(adapter), files));
  const loaded = adapter === undefined ? undefined : await openAdapter(open, nodeFiles(adapter));
  const engine = await createExecutor(chosen('executor', executor, settings.environment.executor));
  const session = createModelSession({
    ...{ executor: engine, open, tuning: loaded?.tuning ?? null, values: loaded?.values },
    weights: chosen('weights', weights ?? 'as-published', settings.model.weights),
  });
  return {
    session,
    dispose() {
      session.dispose();
      engine.dispose();
    },
  };
}

/**
 * Holds that what a model says comes from its files: a head that none of them has would start from drawn values.
 * @throws AppError 'head-untrained'; 'vectors-otherwise' where its folder is one for vectors
 */
export function requireHead({ open: { model, fresh }, tuning }: ModelSession): void {
  const [drawn] = [...fresh].filter((name) => !tuning?.trained.has(name));
  if (drawn === undefined) return;
  const refused = model.kind === 'text' ? model.sentenceForm?.refused : undefined;
  throw refused
    ? new AppError('vectors-otherwise', { reason: refused })
    : new AppError('head-untrained', { tensor: drawn });
}

function chosen<T>(option: string, name: string, { choices = [] }: Setting<T>): T {
  if (choices.includes(name)) return name as T;
  throw new AppError('usage', { reason: `--${option} must be one of ${choices.join(', ')}, not "${name}".` });
}
