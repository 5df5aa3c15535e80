/** Rows of tables to padded batches: the same for every task that reads texts. */
import { type Batches, type BatchSettings, createBatches } from '../../data/batches.ts';
import { packBuilt, type RowList } from '../../data/built-rows.ts';
import { gathered, requireExamples } from '../../data/example-set.ts';
import type { BuiltExample, Example, ExampleRow } from '../../data/examples.ts';
import { earlierFingerprint, fingerprintOf, isEarlierFingerprint } from '../../data/fingerprint.ts';
import { requireBatch } from '../../data/split.ts';
import { AppError } from '../../errors.ts';
import type { ClassifierHead } from '../../models/model.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { RowFinding } from '../findings.ts';
import { maximumLength } from '../lengths.ts';
import type { TextMaterial } from '../material.ts';
import { once, type PreparedData, type RowOutcome, type RowView } from '../prepared.ts';
import type { TaskSettings } from '../settings.ts';
import type { FittedLesson } from '../task.ts';
import { rowFindings } from './row-findings.ts';
import { chosenRows, firstRows, isReadable } from './rows.ts';
import { withMaskedTokens } from './token-mask.ts';

/** How a task reads a row of a table. */
export interface RowReading {
  /** What becomes of one row. */
  build(row: ExampleRow): BuiltExample;
  /** How it is shown; none of which no tokens can be made. */
  view(row: ExampleRow): RowView[];
  /** What the label column means; null where each token is its own label. */
  readonly labels: ClassifierHead | null;
  /** Something must stand before what is learned. */
  readonly needsPrompt: boolean;
  /** The batches as the model meets them, where their tokens are masked anew each epoch, or `isFixed` for an evaluation. */
  masked?(batches: Batches, seed: number, isFixed: boolean): Batches;
  /** Sequences that an example has, each with a row of its own in a batch; default: one. */
  readonly sequencesPerRow?: number;
  /** The examples as they are learned, where each has something of another beside it. */
  together?(examples: RowList<Example>): RowList<Example>;
}

/**
 * The rows of a run, each read in one way whoever asks.
 * @param positions the longest sequence that the model has room for
 * @param found what is known of the whole material already, of which `material` may be a sample, or is found of the rows
 */
export function fittedTexts(
  material: TextMaterial,
  config: TaskSettings,
  positions: number,
  reading: RowReading,
  found: readonly RowFinding[] | ((outcome: Omit<RowOutcome, 'findings'>) => readonly RowFinding[]) = [],
): FittedLesson & Required<Pick<FittedLesson, 'encodable'>> {
  const rows = once(() => chosenRows(material.tables, config));
  const built = once(() => {
    const { encoded } = material;
    const { training, validation } = rows();
    return (
      encoded ?? { training: packBuilt(training, reading.build), validation: packBuilt(validation, reading.build) }
    );
  });
  const outcome = once((): RowOutcome => {
    const [trainExamples, validationExamples] = [gathered(built().training), gathered(built().validation)];
    const { training: trainRows, validation: heldRows, repeated: repeatedRows, made } = rows();
    const counts = {
      training: trainExamples.examples.length,
      held: heldRows.filter(isReadable).length,
      validation: validationExamples.examples.length,
    };
    const { needsPrompt } = reading;
    const outcome = { trainExamples, trainRows, validationExamples, heldRows, repeatedRows, made, counts };
    const own = typeof found === 'function' ? found(outcome) : found;
    return { ...outcome, findings: [...own, ...rowFindings(outcome, { config, positions, needsPrompt })] };
  });
  const prepare = (): PreparedData => {
    const { training } = config;
    const { unapproved, parted } = rows().made;
    const left = unapproved.length + parted.length;
    if (rows().training.length === 0 && left > 0) throw new AppError('rows-only-made', { rows: left });
    requireBatch(rows().training.length, training.batch_size, training.drop_last_batch);
    const { trainExamples, validationExamples } = outcome();
    requireExamples(built().training, trainExamples);
    const together = (examples: RowList<Example>) => reading.together?.(examples) ?? examples;
    const [examples, held] = [together(trainExamples.examples), together(validationExamples.examples)];
    const { train, validation, everyRow } = batchesOf(examples, held, {
      ...{ config, positions, reading },
      tokenizer: material.tokenizer,
    });
    requireBatch(train.rowsPerEpoch, training.batch_size, training.drop_last_batch);
    const fingerprint = once(() => fingerprintOf(learnedNumbers(examples)));
    return {
      ...outcome(),
      ...{ train, validation, everyRow, labels: reading.labels },
      validationRows: rows().validation.filter(isReadable),
      get fingerprint() {
        return fingerprint();
      },
      isFingerprint: (other) =>
        other === (isEarlierFingerprint(other) ? earlierFingerprint(earlierNumbers(examples), 4) : fingerprint()),
    };
  };
  return {
    prepare,
    outcome,
    encodable: () => ({ ...rows(), encode: reading.build }),
    firstRows: (count) => firstRows(material.tables.training, config, count).flatMap(reading.view),
  };
}

interface BatchParts {
  readonly config: TaskSettings;
  readonly positions: number;
  readonly reading: RowReading;
  readonly tokenizer: Tokenizer;
}

function batchesOf(trained: RowList<Example>, held: RowList<Example>, parts: BatchParts) {
  const { config, reading, tokenizer } = parts;
  const shared = batchSettings(parts);
  const mask = {
    probability: config.augmentation.token_mask_probability,
    maskId: tokenizer.maskTokenId,
    masksLabels: reading.labels === null,
  };
  const { seed } = config.environment;
  const train = withMaskedTokens(createBatches(trained, shared), mask, seed);
  const validation = validationBatches(held, shared, config);
  const asRead = (batches: Batches) => reading.masked?.(batches, seed, true) ?? batches;
  return {
    train: reading.masked?.(train, seed, false) ?? train,
    validation: validation && asRead(validation),
    everyRow: once(() => asRead(validationBatches(trained, shared, config)!)),
  };
}

function batchSettings({ config, positions, reading, tokenizer }: BatchParts): BatchSettings {
  const { training, environment } = config;
  return {
    batchSize: training.batch_size,
    gradAccumulation: training.grad_accumulation,
    seed: environment.seed,
    shuffle: training.shuffle,
    dropLast: training.drop_last_batch,
    padId: tokenizer.padTokenId,
    maxLength: maximumLength(config, positions),
    packing: config.tokenizer.packing,
    // A text that is cut on its left would lose the token it may be read from, or be another than its reference is of.
    paddingQuantile:
      reading.labels === null && !reading.masked && !reading.sequencesPerRow ? config.tokenizer.padding_quantile : 1,
    ...(reading.sequencesPerRow ? { sequencesPerRow: reading.sequencesPerRow } : {}),
  };
}

function validationBatches(
  examples: RowList<Example>,
  shared: BatchSettings,
  { logging, training }: TaskSettings,
): Batches | null {
  if (examples.length === 0) return null;
  return createBatches(examples, {
    ...shared,
    batchSize: logging.eval_batch_size || training.batch_size,
    gradAccumulation: 1,
    shuffle: false,
    dropLast: false,
    paddingQuantile: 1,
  });
}

const noTargets = new Float32Array(0);

/** Ids, labels and targets of each row. */
function* learnedNumbers(examples: Iterable<Example>): Generator<ArrayLike<number>> {
  for (const { ids, labels, targets, sequences, typeStart } of examples) {
    yield ids;
    yield labels;
    yield targets ? Float32Array.from(targets) : noTargets;
    if (sequences) yield sequences.map(({ tokens }) => tokens);
    if (typeStart !== undefined) yield [typeStart];
  }
}

function* earlierNumbers(examples: Iterable<Example>): Generator<number> {
  for (const { ids, labels, targets } of examples) {
    yield ids.length;
    yield* ids;
    yield* labels;
    if (targets) yield* new Int32Array(Float32Array.from(targets).buffer);
  }
}
