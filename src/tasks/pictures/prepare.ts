import { gathered } from '../../data/example-set.ts';
import { earlierFingerprint, fingerprintOf, isEarlierFingerprint } from '../../data/fingerprint.ts';
import type { Labels } from '../../data/labels.ts';
import { noneLeftOut } from '../../data/made-rows.ts';
import { createPictureBatches, type PictureBatchSettings, type PictureExample } from '../../data/picture-batches.ts';
import { requireBatch, sampleRows, splitRows } from '../../data/split.ts';
import { AppError, because, type Reason } from '../../errors.ts';
import type { ImageModel } from '../../models/model.ts';
import type { RowFinding } from '../findings.ts';
import type { Pictures, PictureTables } from '../material.ts';
import { once, type PreparedData, type RowOutcome } from '../prepared.ts';
import type { TaskSettings } from '../settings.ts';
import { validationFindings } from '../validation-findings.ts';

/** The pictures of a run, each with the number of its class. */
export interface ChosenPictures {
  readonly trained: readonly PictureExample[];
  readonly held: readonly PictureExample[];
}

/**
 * Which pictures are trained on, and which validate.
 * @throws AppError 'validation-missing'; 'run-config-invalid' where validation pictures show a class that the training
 * ones do not
 */
export function chosenPictures(tables: PictureTables, config: TaskSettings, labels: Labels): ChosenPictures {
  const { dataset, training, environment } = config;
  const { seed } = environment;
  const all = examplesOf(tables.training, labels);
  const own = dataset.validation_strategy === 'custom' ? examplesOf(requiredPictures(tables), labels) : null;
  const split = splitRows(all.length, dataset, seed);
  const share = (choice: string) => (dataset.data_sample_choice.includes(choice) ? dataset.data_sample : 1);
  const learned = sampleRows(split.train, share('Train'), seed).map((index) => all[index]!);
  const candidates = own ? Array.from(own.keys()) : split.validation;
  const held = sampleRows(candidates, share('Validation'), seed).map((index) => (own ?? all)[index]!);
  return { trained: training.train_validation_data ? [...learned, ...held] : learned, held };
}

/** Pictures have no rows of tokens to tell of. */
export function pictureOutcome(
  { trained, held }: ChosenPictures,
  config: TaskSettings,
  found: readonly RowFinding[],
): RowOutcome {
  const counts = { training: trained.length, held: held.length, validation: held.length };
  const findings = [...found, ...validationFindings(counts, config)];
  return { ...noRows, findings, counts };
}

const noRows = {
  trainExamples: gathered([]),
  trainRows: [],
  validationExamples: gathered([]),
  heldRows: [],
  repeatedRows: [],
  made: noneLeftOut,
};

/**
 * Pictures to batches, as the config says.
 * @throws AppError 'rows-too-few'; 'run-config-invalid' where a batch would not do for batch norms; 'setting-unsupported'
 */
export function preparePictures(
  chosen: ChosenPictures,
  config: TaskSettings,
  model: ImageModel,
  labels: Labels,
  found: readonly RowFinding[],
): PreparedData {
  const { training, environment, logging } = config;
  const { trained, held } = chosen;
  requirePictureBatches(trained.length, config, model);
  const settings: PictureBatchSettings = {
    batchSize: training.batch_size,
    gradAccumulation: training.grad_accumulation,
    seed: environment.seed,
    shuffle: training.shuffle,
    dropLast: training.drop_last_batch,
    ...model.input,
  };
  const evaluation = { ...settings, batchSize: logging.eval_batch_size || training.batch_size };
  const fingerprint = once(() => fingerprintOf(learnedNumbers(trained)));
  return {
    ...pictureOutcome(chosen, config, found),
    train: createPictureBatches(trained, settings),
    validation:
      held.length === 0
        ? null
        : createPictureBatches(held, { ...evaluation, gradAccumulation: 1, shuffle: false, dropLast: false }),
    validationRows: [],
    labels,
    get fingerprint() {
      return fingerprint();
    },
    isFingerprint: (other) =>
      other === (isEarlierFingerprint(other) ? earlierFingerprint(earlierNumbers(trained), 1) : fingerprint()),
  };
}

function requiredPictures({ validation }: PictureTables): Pictures {
  if (validation) return validation;
  throw new AppError('validation-missing');
}

function examplesOf({ pictures }: Pictures, { names }: Labels): PictureExample[] {
  const index = new Map(names.map((label, place) => [label, place]));
  return pictures.map(({ pixels, label }) => {
    const place = index.get(label);
    if (place !== undefined) return { pixels, label: place };
    const reason = because`class ${label} is not among those that are trained`;
    throw new AppError('run-config-invalid', { key: 'dataset.validation_dataframe', reason });
  });
}

/**
 * Stops a run that could not take a step. The statistics of a batch norm are those of a whole batch: empty places would
 * count as grey pictures.
 * @throws AppError 'rows-too-few', 'run-config-invalid'; 'setting-unsupported' for what only texts have
 */
function requirePictureBatches(pictures: number, config: TaskSettings, { input, buffers }: ImageModel): void {
  const { training } = config;
  requireNoTextSettings(config);
  requireBatch(pictures, training.batch_size, training.drop_last_batch);
  if (buffers.length === 0) return;
  const invalid = (key: string, reason: Reason) => new AppError('run-config-invalid', { key, reason });
  if (!training.drop_last_batch && pictures % training.batch_size !== 0)
    throw invalid('training.drop_last_batch', because`batch norms need whole batches: switch it on`);
  // The last stage sees one pixel for 32 by 32 of the picture.
  if (training.batch_size === 1 && input.size <= 32)
    throw invalid('training.batch_size', because`a batch norm cannot take statistics of one pixel`);
}

/** Settings that would change how tokens are read do nothing here, and are not passed over in silence. */
function requireNoTextSettings({ architecture, augmentation, tokenizer }: TaskSettings): void {
  const given = {
    'architecture.intermediate_dropout': architecture.intermediate_dropout,
    'augmentation.neftune_noise_alpha': augmentation.neftune_noise_alpha,
    'augmentation.token_mask_probability': augmentation.token_mask_probability,
    'tokenizer.packing': Number(tokenizer.packing),
  };
  for (const [key, value] of Object.entries(given))
    if (value !== 0) throw new AppError('setting-unsupported', { key, value, supported: because`none, for pictures` });
}

/** Label and pixels of each picture. */
function* learnedNumbers(examples: readonly PictureExample[]): Generator<ArrayLike<number>> {
  for (const { pixels, label } of examples) {
    yield [label];
    yield pixels!;
  }
}

function* earlierNumbers(examples: readonly PictureExample[]): Generator<number> {
  for (const { pixels, label } of examples) {
    yield label;
    yield* pixels!;
  }
}
