import * as v from 'valibot';
import { hexOf } from './block-hash.ts';
import { isReadInTraining } from './model-hashes.ts';
import { neededFiles } from './needed-files.ts';
import { digest } from './sha256.ts';
import { joinBytes, type ModelFiles } from './source.ts';

/**
 * What tells the files of a base model from those of another one, cheap enough to be had before the first step: of each
 * file its length, its head and pages all over it. What the Hub says of a whole file is kept beside that.
 */
const fileMark = v.object({
  path: v.string(),
  bytes: v.number(),
  /** SHA-256 of its head and of its pages. */
  pages: v.string(),
  /** Of the whole file; null where the source does not say. */
  sha256: v.nullable(v.string()),
});
export const baseMarkSchema = v.object({
  /** The commit of the Hub that it was opened at; null elsewhere. */
  commit: v.nullable(v.string()),
  files: v.array(fileMark),
});
export type BaseMark = v.InferOutput<typeof baseMarkSchema>;
type FileMark = BaseMark['files'][number];

const pageBytes = 4096;
const pages = 64;
/** A file up to this size is read whole. */
const smallBytes = 1 << 20;
/** Of a longer head of safetensors no more is read. */
const headBytes = 16 << 20;

const marks = new WeakMap<ModelFiles, Promise<BaseMark>>();

/** Of the files that training reads. */
export function baseMark(files: ModelFiles): Promise<BaseMark> {
  const known = marks.get(files);
  if (known) return known;
  const mark = readMark(files);
  marks.set(files, mark);
  mark.catch(() => marks.delete(files));
  return mark;
}

async function readMark(files: ModelFiles): Promise<BaseMark> {
  const listed = neededFiles((await files.list()).map(({ path }) => path));
  const found: FileMark[] = [];
  for (const path of listed.filter(isReadInTraining).sort()) found.push(await markOf(files, path));
  return { commit: files.commit ?? null, files: found };
}

async function markOf(files: ModelFiles, path: string): Promise<FileMark> {
  const bytes = await files.size(path);
  const parts = [];
  for (const [start, end] of await rangesOf(files, path, bytes)) parts.push(await files.read(path, start, end));
  return { path, bytes, pages: hexOf(await digest(joinBytes(parts))), sha256: files.sha256Of?.(path) ?? null };
}

/** Where a file is looked at: whole, or its head and pages at equal distances up to its end. */
async function rangesOf(files: ModelFiles, path: string, bytes: number): Promise<(readonly [number, number])[]> {
  if (bytes <= smallBytes) return [[0, bytes]];
  const start = await files.read(path, 0, 8);
  const said = path.endsWith('.safetensors')
    ? Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true))
    : 0;
  const head = Math.min(bytes, headBytes, 8 + said);
  const at = (page: number) => Math.floor(((bytes - pageBytes) * page) / (pages - 1));
  return [[0, head], ...Array.from({ length: pages }, (_, page) => [at(page), at(page) + pageBytes] as const)];
}

/** A file that one of two bases has otherwise, or alone; null where they are the same. */
export function differingFile(one: BaseMark, other: BaseMark): string | null {
  const paths = new Set([...one.files, ...other.files].map(({ path }) => path));
  const find = ({ files }: BaseMark, path: string) => files.find((file) => file.path === path);
  return [...paths].find((path) => !isSame(find(one, path), find(other, path))) ?? null;
}

function isSame(one: FileMark | undefined, other: FileMark | undefined): boolean {
  if (!one || !other || one.bytes !== other.bytes || one.pages !== other.pages) return false;
  return one.sha256 === null || other.sha256 === null || one.sha256 === other.sha256;
}
