/**
 * What a loss reads of the model as it was before the first update: computed once, kept with the run, and read again when
 * the run is taken up.
 */
import type { Batch, Batches } from '../../data/batches.ts';
import { fingerprintOf } from '../../data/fingerprint.ts';
import { AppError, because } from '../../errors.ts';
import type { Directory } from '../../files/directory.ts';
import { loadNamed, saveCheckpoint } from '../../files/runs.ts';
import type { Model } from '../../models/model.ts';
import type { PreparedData } from '../../tasks/prepared.ts';
import { objectiveOf } from '../../tasks/registry.ts';
import type { RunConfig } from '../config/run-config.ts';
import { batchFeeds } from '../programs/feeds.ts';
import { referenceName, type TrainingPlan } from '../programs/training-programs.ts';
import type { ModelSession } from '../session/model-session.ts';
import type { TrainingEvent } from './events.ts';
import { InFlight } from './in-flight.ts';
import type { Position } from './loop-context.ts';
import type { RunControl } from './run-control.ts';

/** A number for each row of a batch, in the order of all sequences. */
interface Reference {
  readonly training: Float32Array;
  readonly validation: Float32Array;
}

const file = 'reference';

/** What the values follow from beside the model's files, which a run knows by its base. */
interface ReferenceOf {
  readonly training: string;
  readonly validation: string;
  readonly weights: string;
  readonly precision: string;
}

const rowsOf = (batches: Batches | null): string => (batches ? fingerprintOf(tokensOf(batches)) : '');

function* tokensOf(batches: Batches): Generator<ArrayLike<number>> {
  for (let index = 0; index < batches.batchesPerEpoch; index++) {
    const { ids, labels, lengths } = batches.batchAt(0, index);
    yield ids;
    yield labels;
    yield lengths.flat();
  }
}

const referenceOf = ({ fingerprint, validation }: PreparedData, { model, environment }: RunConfig): ReferenceOf => ({
  training: fingerprint,
  validation: rowsOf(validation),
  weights: model.weights,
  precision: environment.mixed_precision,
});

interface RunParts {
  readonly run: Directory | undefined;
  readonly data: PreparedData;
  readonly config: RunConfig;
}

export interface OpenedReference {
  /** Programs to be loaded for it. */
  readonly programs: TrainingPlan['referencePrograms'];
  /**
   * The run's rows, with what was said of them before training where a loss reads that. The session must hold the weights
   * that training begins with. Without it where the run is told to stop.
   */
  rows(
    model: ModelSession,
    control: Pick<RunControl, 'stopRequested'>,
    emit: (event: TrainingEvent) => void,
  ): Promise<PreparedData>;
}

/**
 * @param found of the checkpoint that is gone on from
 * @throws AppError 'checkpoint-invalid' where the values are not kept, and cannot be computed any more: training began with
 * an adapter that is not there as it was
 */
export async function openReference({
  plan,
  found,
  ...parts
}: RunParts & { readonly plan: TrainingPlan; readonly found: Position | undefined }): Promise<OpenedReference> {
  const { run, data, config } = parts;
  const programs = plan.referencePrograms;
  if (programs.size === 0) return { programs, rows: async () => data };
  const kept = run && found ? await keptReference(run, data, config) : undefined;
  if (kept) return { programs: new Map(), rows: async () => withReference(data, kept) };
  if (found && found.step > 0 && config.tuning.init_from !== '') throw notKept();
  return {
    programs,
    async rows(model, control, emit) {
      const reference = await computeReference(model, data, config, (done, total) => {
        emit({ kind: 'phase', phase: 'reading-reference', detail: { done, total } });
        return !control.stopRequested;
      });
      if (!reference) return data;
      if (run) await keepReference(run, reference, data, config);
      return withReference(data, reference);
    },
  };
}

/**
 * The rows of a run that goes on elsewhere, with what was kept of the model before training where its loss reads that.
 * @throws AppError 'checkpoint-invalid' where that is not kept, or is of other rows
 */
export async function rowsWithReference(
  model: Model,
  run: Directory,
  data: PreparedData,
  config: RunConfig,
): Promise<PreparedData> {
  if (!objectiveOf(model).readsReference?.(config.training)) return data;
  const kept = await keptReference(run, data, config);
  if (!kept) throw notKept();
  return withReference(data, kept);
}

const notKept = (): AppError =>
  new AppError('checkpoint-invalid', {
    reason: because`what the model said before training is not kept with the run, or is of other rows`,
  });

/** What was kept for these rows; undefined where nothing was, or for others. */
async function keptReference(run: Directory, data: PreparedData, config: RunConfig): Promise<Reference | undefined> {
  const kept = await loadNamed(run, file).catch(unlessDamaged);
  if (!kept || JSON.stringify(kept.state) !== JSON.stringify(referenceOf(data, config))) return undefined;
  const { weights } = kept;
  return { training: await weights.readFloats('training'), validation: await weights.readFloats('validation') };
}

function unlessDamaged(thrown: unknown): undefined {
  if (thrown instanceof AppError && thrown.code === 'checkpoint-invalid') return undefined;
  throw thrown;
}

async function keepReference(
  run: Directory,
  { training, validation }: Reference,
  data: PreparedData,
  config: RunConfig,
): Promise<void> {
  const tensor = (name: string, values: Float32Array) => ({
    name,
    shape: [values.length],
    data: () => bytesOf(values),
  });
  const tensors = [tensor('training', training), tensor('validation', validation)];
  await saveCheckpoint(run, 0, tensors, referenceOf(data, config), { name: file });
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array<ArrayBuffer> =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

/**
 * Reads every row with the model as it is in the session, which must be as it was before the first update.
 * @param onDone whether to go on; else undefined is returned
 */
async function computeReference(
  model: ModelSession,
  { train, validation, everyRow }: PreparedData,
  config: RunConfig,
  onDone: (done: number, total: number) => boolean,
): Promise<Reference | undefined> {
  const training = everyRow?.() ?? train;
  const { tuning, inputsOf, session, open } = model;
  const virtual = config.tuning.init_from === '' ? undefined : tuning?.adapter?.virtualTokens;
  const total = training.batchesPerEpoch + (validation?.batchesPerEpoch ?? 0);
  let done = 0;
  let goesOn = true;
  const read = async (batches: Batches): Promise<Float32Array> => {
    const values: number[] = [];
    const inFlight = new InFlight();
    for (let index = 0; goesOn && index < batches.batchesPerEpoch; index++) {
      goesOn = onDone(done++, total);
      const batch = batches.batchAt(0, index);
      const name = referenceName(batch.batchSize, batch.length);
      await inFlight.room();
      const feeds = batchFeeds(open.model, batch, inputsOf(name), virtual);
      inFlight.add(session.run(name, feeds), ({ reference }) => {
        for (const [row, [sequence]] of batch.rows.entries()) values[sequence!] = reference![row]!;
      });
    }
    await inFlight.drain();
    return Float32Array.from(values);
  };
  const first = await read(training);
  const second = validation ? await read(validation) : new Float32Array(0);
  return goesOn ? { training: first, validation: second } : undefined;
}

/** The same rows, each batch with what was said of it before training. */
const withReference = (data: PreparedData, { training, validation }: Reference): PreparedData => ({
  ...data,
  train: referenced(data.train, training),
  validation: data.validation && referenced(data.validation, validation),
});

function referenced(batches: Batches, values: Float32Array): Batches {
  const of = (batch: Batch): Batch => ({
    ...batch,
    reference: Float32Array.from(batch.rows, ([sequence]) => values[sequence!]!),
  });
  return {
    ...batches,
    batchAt: (epoch, index) => of(batches.batchAt(epoch, index)),
    windowAt(epoch, step) {
      const window = batches.windowAt(epoch, step);
      return { ...window, batches: window.batches.map(of) };
    },
  };
}
