import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { requirePixels } from '../data/picture-size.ts';
import { labelledByTable, labelledPictures, type PictureSet, readPictures } from '../data/pictures.ts';
import { readingOf, readTable, type TableReading } from '../data/read-table.ts';
import { type CropSettings, evaluationCrop, type Picture } from '../data/resize.ts';
import { AppError, because } from '../errors.ts';
import { unzipFiles } from '../files/unzip.ts';
import type { PictureTables } from '../tasks/material.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { nodeFiles } from './node-files.ts';
import { missingFile } from './print.ts';
import { resolvePath } from './run-files.ts';

/**
 * The pictures that a run config names: a folder, a .zip, or a .csv with the columns file and label beside them.
 * @throws AppError 'file-missing', 'zip-unreadable', 'pictures-missing', 'picture-unreadable'
 */
export async function readPictureTables(
  runFile: string,
  { dataset }: RunConfig,
  crop: CropSettings,
): Promise<PictureTables> {
  const read = (name: string, key: string): Promise<PictureSet> => {
    if (name === '') throw new AppError('run-config-invalid', { key, reason: because`it is empty` });
    return readPictureSet(resolvePath(runFile, name), crop, readingOf(dataset));
  };
  const training = await read(dataset.train_dataframe, 'dataset.train_dataframe');
  if (dataset.validation_strategy !== 'custom') return { training };
  return { training, validation: await read(dataset.validation_dataframe, 'dataset.validation_dataframe') };
}

async function readPictureSet(path: string, crop: CropSettings, reading: TableReading): Promise<PictureSet> {
  if (/\.csv$/i.test(path)) {
    const table = await readTable(await blobOf(path), { fileName: basename(path), ...reading });
    return readPictures(nodeFiles(dirname(path)), labelledByTable(table), decodePicture, crop);
  }
  const files = /\.zip$/i.test(path) ? await unzipFiles(await blobOf(path), basename(path)) : nodeFiles(path);
  return readPictures(files, await labelledPictures(files), decodePicture, crop);
}

/** The pixels of one picture as a model sees it. @throws AppError 'file-missing', 'picture-unreadable' */
export async function readPicture(path: string, crop: CropSettings): Promise<Uint8Array> {
  const file = await blobOf(path);
  requirePixels(path, new Uint8Array(await file.arrayBuffer()));
  const picture = await decodePicture(file).catch((cause: unknown) => {
    throw new AppError('picture-unreadable', { file: path }, { cause });
  });
  return evaluationCrop(picture, crop).pixels;
}

const blobOf = async (path: string): Promise<Blob> =>
  new Blob([
    await readFile(path).catch((cause: unknown) => {
      throw missingFile(path, cause);
    }),
  ]);

const isPng = (bytes: Uint8Array): boolean => bytes[0] === 0x89 && bytes[1] === 0x50;
const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8;

/** PNG and JPEG as RGB. @throws Error for anything else */
export async function decodePicture(file: Blob): Promise<Picture> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (isPng(bytes)) return decodePng(bytes);
  if (!isJpeg(bytes)) throw new Error('neither PNG nor JPEG');
  const { decode } = await import('jpeg-js');
  const { width, height, data } = decode(bytes, { useTArray: true, formatAsRGBA: false, maxMemoryUsageInMB: 2048 });
  return { width, height, pixels: data };
}

async function decodePng(bytes: Uint8Array): Promise<Picture> {
  const { convertIndexedToRgb, decode } = await import('fast-png');
  const image = decode(bytes);
  const { width, height } = image;
  const indexed = image.palette !== undefined;
  const data = indexed ? convertIndexedToRgb(image) : image.data;
  const channels = indexed ? data.length / (width * height) : image.channels;
  const shift = image.depth === 16 ? 8 : 0;
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++)
    for (let channel = 0; channel < 3; channel++)
      // Grey, with or without alpha, has one value for all three.
      pixels[3 * i + channel] = data[i * channels + (channels < 3 ? 0 : channel)]! >> shift;
  return { width, height, pixels };
}
