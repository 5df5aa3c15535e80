import { AppError, errorWording, fillTemplate, toAppError } from '../errors.ts';

/** Bytes in the largest unit of which there is at least one. */
export function bytesInWords(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

/** A count with its SI prefix and unit, such as 2.13 TFLOP. */
export function countInWords(count: number, unit: string): string {
  const prefixes = ['', 'k', 'M', 'G', 'T', 'P'];
  const power = count < 1 ? 0 : Math.min(prefixes.length - 1, Math.floor(Math.log10(count) / 3));
  return `${(count / 1000 ** power).toFixed(power === 0 ? 0 : 2)} ${prefixes[power]}${unit}`;
}

export function secondsInWords(seconds: number): string {
  if (seconds < 1) return `${(seconds * 1000).toFixed(1)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.round(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** What the page words for a browser. */
const otherwise: Partial<Record<string, { readonly cause: string; readonly action: string }>> = {
  'storage-full': {
    cause: 'There is no room on the disk for another {bytes} bytes.',
    action:
      'Free space on it, or write to another one with --out, then try again; models of the Hub lie where ATELIER_CACHE says.',
  },
};

/** Cause, action and code of an error, and for a defect of ours what threw it. */
export function errorInWords(thrown: unknown): string {
  const error = toAppError(thrown);
  const { cause, action } = otherwise[error.code] ?? errorWording[error.code];
  const lines = [`Error: ${fillTemplate(cause, error.params)}`, fillTemplate(action, error.params), `(${error.code})`];
  const original = error.code === 'internal' && error.cause instanceof Error ? error.cause.stack : undefined;
  return [...lines, ...(original ? [original] : [])].join('\n');
}

/** A file that the user named and that is not there, or is none. */
export function missingFile(path: string, cause: unknown): AppError {
  const isFolder = cause instanceof Error && 'code' in cause && cause.code === 'EISDIR';
  return new AppError(isFolder ? 'not-a-file' : 'path-missing', { path }, { cause });
}
