import { AppError, because } from '../../errors.ts';
import { baseNameOf } from '../../exports/base-name.ts';
import type { ExportedRun, RunFacts, StreamedFile } from '../../exports/target.ts';
import { factsOfConfig, offersOf, offersOfRead, withTuned } from '../../exports/targets.ts';
import type { Directory } from '../../files/directory.ts';
import { savedStep } from '../../files/runs.ts';
import type { ModelFiles } from '../../files/source.ts';
import { rowFacts } from '../../tasks/registry.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import { continuationOf } from '../../training/results/continuation.ts';
import { resultOf } from '../../training/results/kept-result.ts';
import { runStory } from '../../training/results/run-story.ts';
import { readFloats } from '../../training/run/checkpoint.ts';
import type { ModelSession } from '../../training/session/model-session.ts';
import { startValues } from '../../training/session/start-values.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { verdictEn } from '../../ui/text/en-verdict.ts';
import { materialOf } from '../data/material.ts';
import type { ModelSource } from '../models/messages.ts';
import { type OpenedModel, tokenizerOf } from '../models/opened-model.ts';
import { splitResultId } from '../runs/result-id.ts';
import { openedForRun, sameModel } from '../runs/run-model.ts';
import { originOrNone, readOrigin } from '../runs/run-origin.ts';
import { readRunTables } from '../runs/run-tables.ts';
import type { Workshop } from '../workshop.ts';

/** A run as targets see it, with its model and what its checkpoint holds, which are read when they are asked for. */
export interface KeptRun extends ExportedRun {
  opened(): Promise<OpenedModel>;
  /** @throws AppError 'checkpoint-invalid' where it was not saved */
  saved(): ReturnType<typeof resultOf>;
}

interface Kept {
  readonly folder: Directory;
  readonly config: RunConfig;
  readonly trained: ModelSession | undefined;
  /** Its model, where that is known to be open. */
  readonly base?: OpenedModel;
}

/**
 * A run of the page's. Nothing of it comes onto the device: trained values are read from its checkpoint, or from the
 * session that trained them, where that is given.
 */
export function keptRun(workshop: Workshop, id: string, { folder, config, trained, base }: Kept): KeptRun {
  const { runId, evaluation } = splitResultId(id);
  const opened = once(async () => {
    const { active } = workshop;
    if (active?.isOf(id)) return active.parts.opened;
    return openedForRun(workshop, folder, config, base);
  });
  const saved = once(async () => resultOf((await opened()).open.model, config, folder, evaluation));
  return {
    name: runId,
    modelName: async () => (await opened()).name,
    opened,
    saved,
    settings: async () => config,
    folder: () => folder,
    async story() {
      const [{ tokenizer }, origin] = [await opened(), await readOrigin(folder).catch(() => null)];
      const { totalSteps } = origin ?? {};
      return runStory({ folder, config, tokenizer, totalSteps, words: verdictEn, isResult: evaluation === null });
    },
    async tuned() {
      const { open: base, source } = await opened();
      const tuning = resolveTuning(base.model, config.tuning, config.training.learning_rate);
      return { base, baseName: nameElsewhere(source, base.files), tuning };
    },
    async values() {
      if (trained) return (name) => readFloats(trained.session, name);
      const [{ open: base }, { values }] = [await opened(), await saved()];
      // What the checkpoint of the base lacks and the run left as it was drawn is in none of the two.
      return async (name) => values.get(name) ?? startValues(base, name, config.environment.seed);
    },
    async continuation() {
      if (evaluation !== null)
        throw new AppError('checkpoint-invalid', {
          reason: because`weights of an evaluation are kept without moments`,
        });
      const origin = await readOrigin(folder);
      const model = await opened();
      const material = materialOf(model, await readRunTables(folder, origin, config));
      const baseName = nameElsewhere(model.source, model.open.files);
      const tokenizer = tokenizerOf(model);
      return continuationOf({ folder, config, published: model.open, baseName, material, tokenizer });
    },
  };
}

const nameElsewhere = (source: ModelSource, files: ModelFiles): string | null =>
  baseNameOf(files, source.kind === 'hub' ? source.id : null);

/** What a run is to the targets, before anything large of it is read. */
export async function factsOf(folder: Directory, config: RunConfig): Promise<RunFacts> {
  const origin = await readOrigin(folder).catch(() => null);
  const facts = factsOfConfig(config, origin?.modelType ?? null, rowFacts(config));
  if (!origin) return facts;
  return { ...facts, finished: ((await savedStep(folder)) ?? 0) >= origin.totalSteps };
}

/** What a run can be had as. Where its model is open, what that tells counts, too. */
export async function offersOfKept(workshop: Workshop, id: string, folder: Directory, config: RunConfig) {
  const facts = await factsOf(folder, config);
  const origin = await originOrNone(folder).catch(() => null);
  const { active, model } = workshop;
  if (!active?.isOf(id) && !(model && origin && sameModel(model, origin))) return offersOf(facts);
  const run = keptRun(workshop, id, { folder, config, trained: undefined });
  // A model that is another than it was is told where the run is written.
  const tuned = await run.tuned().catch(() => null);
  return tuned ? offersOfRead(run, withTuned(facts, tuned)) : offersOf(facts);
}

/** The files written whole, by their paths. */
export async function asBlobs(files: readonly StreamedFile[]): Promise<Map<string, Blob>> {
  const blobs = new Map<string, Blob>();
  for (const { path, parts } of files) {
    const done: Blob[] = [];
    for await (const part of parts) done.push(new Blob([part]));
    blobs.set(path, new Blob(done));
  }
  return blobs;
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => {
    done ??= read();
    return done;
  };
}
