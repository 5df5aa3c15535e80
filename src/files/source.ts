import { AppError, because } from '../errors.ts';

/** Bytes that own an ordinary (not shared) buffer, as Blob and fetch want them. */
export type Bytes = Uint8Array<ArrayBuffer>;

export interface FileEntry {
  /** Path inside the model, with `/`, such as `config.json`. */
  readonly path: string;
  /** Bytes, or null where the source does not say before the file is read. */
  readonly size: number | null;
}

/** A file to hand out or store: its parts follow each other. */
export interface NamedFile {
  readonly path: string;
  readonly parts: readonly Bytes[];
}

/**
 * The files of one model, wherever they lie: the page's own server, a dropped folder, the Hub's cache, a disk folder.
 * Every method that takes a path throws `file-missing` for one that is not there (except `has`).
 */
export interface ModelFiles {
  /** Where the files come from, for messages: a folder name, a Hub id, an address. */
  describe(): string;
  list(): Promise<readonly FileEntry[]>;
  has(path: string): Promise<boolean>;
  /** Whole size in bytes. */
  size(path: string): Promise<number>;
  /** Bytes [start, end); the whole file where both are left out; the end is cut to the file's. */
  read(path: string, start?: number, end?: number): Promise<Bytes>;
  /** The whole file as UTF-8, a byte order mark removed. */
  text(path: string): Promise<string>;
  /** The commit that the files are of; absent where the source has none, null where it does not say. */
  readonly commit?: string | null;
  /** Of files that a GGUF file stands for: where it came from, as far as it says. */
  readonly gguf?: GgufOrigin;
  /** What the source says is the SHA-256 of a file; null where it does not. */
  sha256Of?(path: string): string | null;
}

/** Models of the Hub that a GGUF file names; null where it does not. */
export interface GgufOrigin {
  /** Has the same weights in transformers' form. */
  readonly convertedFrom: string | null;
  /** What it was tuned from, or the same. */
  readonly basedOn: string | null;
}

/** Decodes UTF-8 leniently (a text file of a model is not worth refusing for one bad byte). */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/**
 * A JSON file of a model.
 * @throws AppError `file-missing`; `config-invalid` when it is not JSON.
 */
export async function readJson(files: ModelFiles, path: string): Promise<unknown> {
  const text = await files.text(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('config-invalid', { reason: because`${path} is not valid JSON` }, { cause });
  }
}

/** Bytes [start, end) of a file piece by piece, so that a large tensor is never whole in memory. */
export async function* readPieces(
  files: ModelFiles,
  path: string,
  start: number,
  end: number,
  pieceBytes: number,
): AsyncGenerator<Bytes> {
  for (let at = start; at < end; at += pieceBytes) {
    const stop = Math.min(end, at + pieceBytes);
    const piece = await files.read(path, at, stop);
    if (piece.length !== stop - at) {
      throw new AppError('safetensors-truncated', { file: path, needed: stop, actual: at + piece.length });
    }
    yield piece;
  }
}

export function joinBytes(parts: readonly Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
