import { TextDecoder as StandardDecoder } from '@exodus/bytes/encoding-browser.js';
import { AppError } from '../errors.ts';
import type { Progress } from './progress.ts';

/** Encodings that are offered by name, as WHATWG names them; any other label of its standard is taken too. */
export const usualEncodings = [
  ...['utf-8', 'shift_jis', 'euc-jp', 'gb18030', 'big5', 'euc-kr'],
  ...['windows-1252', 'windows-1250', 'windows-1251', 'utf-16le'],
] as const;

/** Bytes decoded at a time: little memory, few calls. */
const pieceBytes = 4 << 20;

/**
 * A decoder as WHATWG's standard says. Node's own ones lack the upper half of windows-1252, 8,822 syllables of EUC-KR
 * and a quarter of Big5; in a browser this is the browser's own.
 */
export function decoderOf(encoding: string, options: TextDecoderOptions = {}): TextDecoder {
  return encoding.startsWith('utf-') ? new TextDecoder(encoding, options) : new StandardDecoder(encoding, options);
}

/** The name of an encoding by any of its labels. @throws AppError 'setting-unsupported' */
export function encodingName(label: string): string {
  try {
    return new StandardDecoder(label).encoding;
  } catch {
    const supported = usualEncodings.join(', ');
    throw new AppError('setting-unsupported', { key: 'dataset.encoding', value: label, supported });
  }
}

/** The first 64 KiB of a file as text, with \n as line end. */
export async function beginningOf(blob: Blob, encoding: string): Promise<string> {
  const { value = '' } = await textPieces(blob.slice(0, 1 << 16), encoding).next();
  return value;
}

/** The text of a file in pieces of a few MiB. What does not belong to the encoding becomes U+FFFD, unless `fatal`. */
export async function* decoded(blob: Blob, decoder: TextDecoder, onProgress?: Progress): AsyncGenerator<string> {
  for (let at = 0; at < blob.size; at += pieceBytes) {
    const end = Math.min(blob.size, at + pieceBytes);
    const bytes = await blob.slice(at, end).arrayBuffer();
    yield decoder.decode(bytes, { stream: end < blob.size });
    onProgress?.(end, blob.size);
  }
}

/**
 * The text of a file in pieces of a few MiB, every line end as \n, without byte order marks: the file's own, and those
 * that files put together bring to the beginnings of later lines.
 */
export async function* textPieces(blob: Blob, encoding: string, onProgress?: Progress): AsyncGenerator<string> {
  let heldReturn = '';
  let atLineStart = true;
  for await (const text of decoded(blob, decoderOf(encoding), onProgress)) {
    const whole = heldReturn + text;
    // A \n may follow in the next piece.
    heldReturn = whole.endsWith('\r') ? '\r' : '';
    const piece = whole.slice(0, whole.length - heldReturn.length).replace(/\r\n?/g, '\n');
    const marked = atLineStart ? /(^|\n)\uFEFF+/g : /(\n)\uFEFF+/g;
    if (piece !== '') atLineStart = piece.endsWith('\n');
    yield piece.replace(marked, '$1');
  }
  if (heldReturn) yield '\n';
}
