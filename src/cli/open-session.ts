import { resolve } from 'node:path';
import { AppError } from '../errors.ts';
import { readAdapter } from '../files/peft-read.ts';
import { adaptableModules, adapterTuning } from '../training/adapter-tuning.ts';
import { createModelSession, type ModelSession } from '../training/model-session.ts';
import { openModel } from '../training/open-model.ts';
import { settings } from '../training/run-config.ts';
import { createExecutor } from './executors.ts';
import { nodeFiles } from './node-files.ts';
import { openModelFiles } from './run-files.ts';

export interface SessionRequest {
  /** Folder or Hub id. */
  readonly model: string;
  readonly adapter?: string | undefined;
  readonly executor?: string | undefined;
}

export interface OpenedSession {
  readonly session: ModelSession;
  dispose(): void;
}

/** A model with or without an adapter, ready for programs. */
export async function openSession({ model, adapter, executor = 'auto' }: SessionRequest): Promise<OpenedSession> {
  // Paths of the command line are against the working folder.
  const open = await openModel(
    await openModelFiles(resolve('run.json'), { llm_backbone: model, revision: 'main' }, 'all'),
  );
  const loaded =
    adapter === undefined ? undefined : await readAdapter(nodeFiles(adapter), adaptableModules(open.model));
  const tuning = loaded ? adapterTuning(open.model, loaded) : null;
  const engine = await createExecutor(executorName(executor));
  const session = createModelSession({ executor: engine, open, tuning, adapter: loaded });
  return {
    session,
    dispose() {
      session.dispose();
      engine.dispose();
    },
  };
}

type ExecutorChoice = Parameters<typeof createExecutor>[0];

function executorName(name: string): ExecutorChoice {
  const choices: readonly string[] = settings.environment.executor.choices ?? [];
  if (choices.includes(name)) return name as ExecutorChoice;
  throw new AppError('usage', { reason: `--executor must be one of ${choices.join(', ')}, not "${name}".` });
}
