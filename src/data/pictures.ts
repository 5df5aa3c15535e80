import { AppError } from '../errors.ts';
import type { ModelFiles } from '../files/source.ts';
import { requirePixels } from './picture-size.ts';
import { readTable } from './read-table.ts';
import { type CropSettings, evaluationCrop, type Picture } from './resize.ts';
import type { Table } from './table.ts';

/** A picture by its path below the chosen folder, with the name of what it shows. */
export interface PictureFile {
  readonly path: string;
  readonly label: string;
}

/** Pictures cut to what a model sees. */
export interface PictureSet {
  readonly pictures: readonly { readonly path: string; readonly label: string; readonly pixels: Uint8Array }[];
}

/** Gives the pixels of a PNG, JPEG or whatever else the surroundings can read; throws where it is no picture. */
export type DecodePicture = (file: Blob) => Promise<Picture>;

const extensions = /\.(png|jpe?g|webp|gif|bmp|avif)$/i;

/** Whether a path is that of a picture; what hides in folders of the system is none. */
export const isPicture = (path: string): boolean => extensions.test(path) && !/(^|\/)(\.|__MACOSX\/)/.test(path);

/** The name of the folder that a picture lies in, as in torchvision's ImageFolder; '' at the top. */
export const folderLabel = (path: string): string => path.split('/').at(-2) ?? '';

/**
 * The pictures of a folder for each class, in the order of their paths, which no file system decides.
 * @throws AppError 'pictures-missing' where there are none, or all in one place
 */
export async function labelledByFolder(files: ModelFiles): Promise<PictureFile[]> {
  const pictures = (await files.list())
    .filter(({ path }) => isPicture(path))
    .map(({ path }) => ({ path, label: folderLabel(path) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  requireClasses(pictures);
  return pictures;
}

/**
 * The pictures that a table names in its columns `file` and `label`, in its order.
 * @throws AppError 'pictures-missing', also where it has no such columns: it may be one of texts
 */
export function labelledByTable({ columns, rows }: Pick<Table, 'columns' | 'rows'>): PictureFile[] {
  const [file, label] = [columns.indexOf('file'), columns.indexOf('label')];
  if (file < 0 || label < 0)
    throw new AppError('pictures-missing', { pictures: file < 0 ? 0 : rows.length, classes: 0 });
  const pictures = rows.map((row) => ({ path: row[file]!.replace(/^\.\//, ''), label: row[label]! }));
  requireClasses(pictures);
  return pictures;
}

/**
 * The pictures of a folder or archive: those that a table beside them names (`file` and `label` in the only .csv at its
 * top), or those of a folder for each class.
 * @throws AppError 'pictures-missing', and what reading the table throws
 */
export async function labelledPictures(
  files: ModelFiles,
  read: (table: Blob, file: string) => Promise<Table> = (table, fileName) => readTable(table, { fileName }),
): Promise<PictureFile[]> {
  const tables = (await files.list()).filter(({ path }) => /^[^/]+\.csv$/i.test(path));
  const [table] = tables;
  if (!table || tables.length > 1) return labelledByFolder(files);
  const blob = new Blob([await files.read(table.path)]);
  return labelledByTable(await read(blob, table.path));
}

function requireClasses(pictures: readonly PictureFile[]): void {
  const labels = new Set(pictures.map(({ label }) => label));
  if (labels.size < 2) throw new AppError('pictures-missing', { pictures: pictures.length, classes: labels.size });
}

/**
 * Decodes every picture and cuts it, one after the other: only what the model sees stays in memory.
 * @throws AppError 'file-missing', 'picture-unreadable', 'picture-too-large'
 */
export async function readPictures(
  files: ModelFiles,
  pictures: readonly PictureFile[],
  decode: DecodePicture,
  crop: CropSettings,
  onProgress?: (done: number, total: number) => void,
): Promise<PictureSet> {
  const read: PictureSet['pictures'][number][] = [];
  for (const { path, label } of pictures) {
    const { pixels } = evaluationCrop(await decoded(files, path, decode), crop);
    read.push({ path, label, pixels });
    onProgress?.(read.length, pictures.length);
  }
  return { pictures: read };
}

async function decoded(files: ModelFiles, path: string, decode: DecodePicture): Promise<Picture> {
  const bytes = await files.read(path);
  requirePixels(path, bytes);
  try {
    return await decode(new Blob([bytes]));
  } catch (cause) {
    throw new AppError('picture-unreadable', { file: path }, { cause });
  }
}
