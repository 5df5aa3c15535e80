import { AppError } from '../errors.ts';
import { type CropSettings, evaluationCrop, type Picture } from './resize.ts';

/** A picture by its path below the chosen folder, with the name of what it shows. */
export interface PictureFile {
  readonly path: string;
  readonly label: string;
  bytes(): Promise<Blob>;
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

/** Paths in an order that does not depend on the file system. */
const byPath = (a: { readonly path: string }, b: { readonly path: string }): number => (a.path < b.path ? -1 : 1);

/**
 * The pictures of a folder for each class, by path.
 * @throws AppError 'pictures-missing' where there are none, or all in one place
 */
export function labelledByFolder(files: readonly Omit<PictureFile, 'label'>[]): PictureFile[] {
  const pictures = files
    .filter(({ path }) => isPicture(path))
    .map((file) => ({ path: file.path, label: folderLabel(file.path), bytes: () => file.bytes() }))
    .sort(byPath);
  requireClasses(pictures);
  return pictures;
}

/**
 * The pictures that a table names, in its order; paths are against the folder that `files` are given from.
 * @throws AppError 'column-missing', 'file-missing', 'pictures-missing'
 */
export function labelledByTable(
  { columns, rows }: { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] },
  files: readonly Omit<PictureFile, 'label'>[],
): PictureFile[] {
  const at = (column: string): number => {
    const place = columns.indexOf(column);
    if (place < 0) throw new AppError('column-missing', { column, columns: columns.join(', ') });
    return place;
  };
  const [file, label] = [at('file'), at('label')];
  const known = new Map(files.map((each) => [each.path, each]));
  const pictures = rows.map((row) => {
    const path = row[file]!;
    const found = known.get(path.replace(/^\.\//, ''));
    if (!found) throw new AppError('file-missing', { file: path });
    return { path, label: row[label]!, bytes: () => found.bytes() };
  });
  requireClasses(pictures);
  return pictures;
}

function requireClasses(pictures: readonly PictureFile[]): void {
  const labels = new Set(pictures.map(({ label }) => label));
  if (labels.size < 2) throw new AppError('pictures-missing', { pictures: pictures.length, classes: labels.size });
}

/**
 * Decodes every picture and cuts it, one after the other: only what the model sees stays in memory.
 * @throws AppError 'picture-unreadable'
 */
export async function readPictures(
  files: readonly PictureFile[],
  decode: DecodePicture,
  crop: CropSettings,
  onProgress?: (done: number, total: number) => void,
): Promise<PictureSet> {
  const pictures: PictureSet['pictures'][number][] = [];
  for (const file of files) {
    const { pixels } = evaluationCrop(await decoded(file, decode), crop);
    pictures.push({ path: file.path, label: file.label, pixels });
    onProgress?.(pictures.length, files.length);
  }
  return { pictures };
}

async function decoded(file: PictureFile, decode: DecodePicture): Promise<Picture> {
  const bytes = await file.bytes();
  try {
    return await decode(bytes);
  } catch (cause) {
    throw new AppError('picture-unreadable', { file: file.path }, { cause });
  }
}

/** The classes that pictures show, by name; those of a model where it knows all of them. */
export function classesOf({ pictures }: PictureSet, known: readonly string[] = []): readonly string[] {
  const labels = new Set(pictures.map(({ label }) => label));
  return [...labels].every((label) => known.includes(label)) ? known : [...labels].sort();
}
