/** How many pixels a picture has, by the first bytes of its file: it is known before all of them are unpacked. */
import { AppError } from '../errors.ts';

/**
 * Pixels that any picture may have (a screen of 4K), and more for each byte: photographs have one to four as a JPEG of the
 * camera, and up to sixteen where they were saved smaller, or as WebP or AVIF.
 */
const pixelsOfAny = 1 << 23;
const pixelsPerByte = 16;
/** A side that no picture has. */
const longestSide = 1 << 16;
/** Times that a side may be as long as the other: the shorter one is brought to a size, and the longer one with it. */
const mostApart = 1000;

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** @throws AppError 'picture-too-large' where the file says that it is; 'picture-unreadable' of one without pixels */
export function requirePixels(file: string, bytes: Uint8Array): void {
  const size = pictureSize(bytes);
  if (size === null) return;
  const { width, height } = size;
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  if (short === 0) throw new AppError('picture-unreadable', { file });
  const isLarge = width * height > pixelsOfAny + pixelsPerByte * bytes.length || long > longestSide;
  if (isLarge || long > mostApart * short) throw new AppError('picture-too-large', { file, width, height });
}

/** Of PNG, JPEG, GIF, BMP, WebP and AVIF; null where the file does not say. */
export function pictureSize(bytes: Uint8Array): PictureSize | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number, length = 4) => String.fromCharCode(...bytes.subarray(at, at + length));
  if (bytes.length < 30) return null;
  if (word(1, 3) === 'PNG') return { width: view.getUint32(16), height: view.getUint32(20) };
  if (word(0) === 'GIF8') return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  if (word(0, 2) === 'BM')
    return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return jpegSize(view);
  if (word(0) === 'RIFF' && word(8) === 'WEBP') return webpSize(view, word(12));
  return word(4) === 'ftyp' ? avifSize(view, bytes) : null;
}

/** Goes from marker to marker to the frame's header (ITU T.81, B.2.2). */
function jpegSize(view: DataView): PictureSize | null {
  for (let at = 2; at + 9 <= view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) at++;
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    else at += 2 + view.getUint16(at + 2);
  }
  return null;
}

function webpSize(view: DataView, kind: string): PictureSize | null {
  const three = (at: number) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
  if (kind === 'VP8X') return { width: three(24) + 1, height: three(27) + 1 };
  if (kind === 'VP8 ') return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (kind !== 'VP8L') return null;
  const bits = view.getUint32(21, true);
  return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
}

/** The largest of the sizes that its items have, each in a box `ispe`. */
function avifSize(view: DataView, bytes: Uint8Array): PictureSize | null {
  let largest: PictureSize | null = null;
  const head = Math.min(bytes.length - 16, 1 << 16);
  for (let at = 0; at < head; at++) {
    if (view.getUint32(at) !== 0x69737065) continue;
    const size = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) };
    if (!largest || size.width * size.height > largest.width * largest.height) largest = size;
  }
  return largest;
}
