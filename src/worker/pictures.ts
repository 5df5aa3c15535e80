/** Pictures in the worker: decoded by the browser, kept as one archive, looked at class by class. */
import type { Labels } from '../data/labels.ts';
import { labelledPictures, type PictureFile, type PictureSet, readPictures } from '../data/pictures.ts';
import { evaluationCrop, type Picture } from '../data/resize.ts';
import { AppError, toAppError } from '../errors.ts';
import { blobFiles } from '../files/blob-files.ts';
import type { ModelFiles } from '../files/source.ts';
import { unzipFiles } from '../files/unzip.ts';
import { zipFiles } from '../files/zip.ts';
import type { ImageInput } from '../models/image-model.ts';
import type { Model } from '../models/model.ts';
import { probabilities } from '../tasks/scores.ts';
import { classifyPicture } from '../training/classify.ts';
import { pictureLabels } from '../training/labelled-data.ts';
import type { ModelSession } from '../training/model-session.ts';
import { choosePictures, requirePictureBatches } from '../training/prepare-pictures.ts';
import type { RunConfig } from '../training/run-config.ts';
import { totalSteps } from '../training/schedule.ts';
import type { ChatSide, ClassChance, DataPreview, DataSummary } from './protocol.ts';
import type { RunTables } from './run-tables.ts';
import type { OpenedTable } from './workshop.ts';

/** Pictures shown of all. */
const shownPictures = 12;

/** What stands in a table's place where pictures are learned from: files, and which class each shows. */
export interface OpenedPictures {
  readonly files: ModelFiles;
  readonly named: readonly PictureFile[];
}

/** A dropped folder of pictures, as the archive that a run keeps. @throws AppError 'pictures-missing' */
export async function openPictureFolder(
  name: string,
  files: readonly { readonly path: string; readonly blob: Blob }[],
): Promise<OpenedTable> {
  const wanted = files.filter(({ path }) => !path.split('/').some((part) => part.startsWith('.')));
  const folder = blobFiles(new Map(wanted.map(({ path, blob }) => [path, blob])), name);
  // Pictures are looked at first, so that a folder without any is not packed.
  const opened = await labelledPictures(folder);
  const entries = wanted.map(({ path, blob }) => ({ path, parts: piecesOf(blob) }));
  return pictureTable(`${name}.zip`, await zipFiles(entries), { files: folder, named: opened });
}

/** An archive of pictures. @throws AppError 'zip-unreadable', 'pictures-missing' */
export async function openPictureArchive(name: string, archive: Blob): Promise<OpenedTable> {
  const files = await unzipFiles(archive, name);
  return pictureTable(name, archive, { files, named: await labelledPictures(files) });
}

async function* piecesOf(blob: Blob) {
  yield new Uint8Array(await blob.arrayBuffer());
}

function pictureTable(name: string, archive: Blob, pictures: OpenedPictures): OpenedTable {
  const rows = pictures.named.map(({ path, label }) => [path, label]);
  const rowNumbers = rows.map((_, index) => index + 1);
  const form = { format: 'csv', delimiter: '', encoding: '', encodingGuessed: false, problems: [] } as const;
  return { name, blobs: [archive], table: { columns: ['file', 'label'], rows, rowNumbers, ...form }, pictures };
}

/** Classes with their counts, and some pictures of each in turn. */
export async function pictureFacts({ files, named }: OpenedPictures): Promise<NonNullable<DataSummary['pictures']>> {
  const counts = new Map<string, number>();
  const turns = named.map((picture) => {
    const turn = counts.get(picture.label) ?? 0;
    counts.set(picture.label, turn + 1);
    return { ...picture, turn };
  });
  const shown = turns.sort((a, b) => a.turn - b.turn).slice(0, shownPictures);
  const samples = await Promise.all(
    shown.map(async ({ path, label }) => ({ path, label, blob: new Blob([await files.read(path)]) })),
  );
  const classes = [...counts].map(([name, count]) => ({ name, count }));
  return { classes: classes.sort((a, b) => (a.name < b.name ? -1 : 1)), samples };
}

/** The pixels of whatever the browser can show, turned as the camera noted. */
export async function decodePicture(file: Blob): Promise<Picture> {
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new AppError('internal', { reason: 'the browser gives no canvas' });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) pixels.set(data.subarray(4 * i, 4 * i + 3), 3 * i);
  return { width, height, pixels };
}

/** @throws AppError 'task-unsupported' for a table that holds no pictures */
export function picturesOf({ pictures }: OpenedTable, { modelType }: Model): OpenedPictures {
  if (pictures) return pictures;
  throw new AppError('task-unsupported', { modelType, task: 'text' });
}

/** The pictures of a run, cut for its model. @throws AppError 'picture-unreadable' */
export async function readPictureTables(
  { table, validation }: RunTables,
  model: Model,
  onProgress: (done: number, total: number) => void,
): Promise<{ training: PictureSet; validation?: PictureSet }> {
  const read = ({ files, named }: OpenedPictures) =>
    readPictures(files, named, decodePicture, model.image!.input, onProgress);
  const training = await read(picturesOf(table, model));
  return validation ? { training, validation: await read(picturesOf(validation, model)) } : { training };
}

/** The classes of a run's pictures, none of which is read. */
export const labelsOfPictures = (table: OpenedTable, config: RunConfig, model: Model): Labels =>
  pictureLabels(config, picturesOf(table, model).named, model);

/** What a run would make of the pictures; there are no tokens to show. */
export function picturePreview({ table, validation }: RunTables, config: RunConfig, model: Model): DataPreview {
  const { training, environment } = config;
  const counts = { trainingRows: 0, validationRows: 0, stepsPerEpoch: 0, totalSteps: 0 };
  let problem: AppError | null = null;
  try {
    const { named } = picturesOf(table, model);
    labelsOfPictures(table, config, model);
    if (config.dataset.validation_strategy === 'custom' && !validation) throw new AppError('validation-missing');
    const own = validation ? picturesOf(validation, model).named.length : null;
    const seeded = { ...config, environment: { ...environment, seed: Math.max(0, environment.seed) } };
    const chosen = choosePictures(named.length, own, seeded);
    counts.validationRows = chosen.validation.length;
    counts.trainingRows = chosen.training.length + (training.train_validation_data ? counts.validationRows : 0);
    requirePictureBatches(counts.trainingRows, config, model.image!);
    const batches = Math.floor(counts.trainingRows / training.batch_size);
    counts.stepsPerEpoch = Math.ceil(batches / training.grad_accumulation);
    counts.totalSteps = totalSteps(training, counts.stepsPerEpoch);
  } catch (thrown) {
    problem = toAppError(thrown);
  }
  return {
    ...counts,
    ...{
      rows: [],
      problems: [],
      truncatedRows: 0,
      sampled: null,
      classes: null,
      learnedTokens: 0,
      totalTokens: 0,
      template: '',
    },
    ...{ batchLength: 1, fillRatio: 1, histogram: { width: 1, counts: [], limit: 1 } },
    problem: problem && { code: problem.code, params: problem.params },
  };
}

/** What one side says of a picture, the likeliest class first. @throws AppError 'picture-unreadable' */
export async function askOfPicture(session: ModelSession, file: Blob, side: ChatSide): Promise<readonly ClassChance[]> {
  const { classifier, image } = session.open.model;
  const logits = await classifyPicture(session, await pixelsOf(file, image!.input), side);
  const chances = probabilities(classifier!.problem, logits);
  return Array.from(chances, (chance, index) => ({ name: classifier!.names[index] ?? String(index), chance })).sort(
    (a, b) => b.chance - a.chance,
  );
}

async function pixelsOf(file: Blob, input: ImageInput): Promise<Uint8Array> {
  try {
    return evaluationCrop(await decodePicture(file), input).pixels;
  } catch (cause) {
    throw new AppError('picture-unreadable', { file: file instanceof File ? file.name : '' }, { cause });
  }
}
