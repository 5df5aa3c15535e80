/** Which encoding a text file has. */
import { decoded, decoderOf, encodingName, usualEncodings } from './encoding.ts';

export interface FoundEncoding {
  /** As WHATWG names it. */
  readonly encoding: string;
  /** The bytes fit others as well: nothing in the file says which it is. */
  readonly guessed: boolean;
}

/** What the first lines with letters beyond ASCII are under an encoding. */
export interface EncodingPreview {
  readonly encoding: string;
  readonly lines: readonly string[];
}

/** Bytes of lines with letters beyond ASCII that a guess is made from. */
const sampleBytes = 64 << 10;
/** Characters for each byte that fits nowhere, for a text to be taken for UTF-8 with damage. */
const goodForBad = 5;
/** The same for other encodings, which take nearly any pair of bytes. */
const goodForBadElsewhere = 20;
const kana = /[\u3041-\u3096\u30A1-\u30FA]/;
const shownPreviews = 8;
const shownLines = 3;
const shownCharacters = 80;

/**
 * The encoding of a text file: UTF-8 and UTF-16 by their byte order marks, ISO-2022-JP by its escapes, UTF-8 where all
 * bytes fit; all else is a guess: UTF-16 by its line ends, UTF-8 where one byte does not fit for five characters that
 * do, and by the frequencies of letters. Every byte is looked at, because a file may begin with megabytes of ASCII.
 */
export async function detectEncoding(blob: Blob): Promise<FoundEncoding> {
  const head = new Uint8Array(await blob.slice(0, 4096).arrayBuffer());
  const [first, second] = head;
  if (first === 0xff && second === 0xfe) return { encoding: 'utf-16le', guessed: false };
  if (first === 0xfe && second === 0xff) return { encoding: 'utf-16be', guessed: false };
  const wide = unmarkedUtf16(head);
  if (wide) return { encoding: wide, guessed: true };
  const { good, bad, escapes } = await countUtf8(blob);
  if (escapes) return { encoding: 'iso-2022-jp', guessed: false };
  if (bad === 0) return { encoding: 'utf-8', guessed: false };
  if (good >= goodForBad * bad) return { encoding: 'utf-8', guessed: true };
  const [best] = await likelyEncodings(await sampleOf(blob));
  return { encoding: best ?? 'windows-1252', guessed: true };
}

/** What the file would be under the encodings that fit it, the likeliest first. */
export async function encodingPreviews(blob: Blob, encoding: string): Promise<readonly EncodingPreview[]> {
  const sample = await sampleOf(blob);
  const likely = await likelyEncodings(sample);
  return [...new Set([encoding, ...likely, ...usualEncodings])]
    .map((each) => ({ encoding: each, text: decoderOf(each).decode(sample) }))
    .filter((each) => each.encoding === encoding || (fits(each.text) && !each.encoding.startsWith('utf-16')))
    .slice(0, shownPreviews)
    .map(({ encoding, text }) => ({ encoding, lines: previewLines(text) }));
}

function previewLines(text: string): string[] {
  const lines = text.split(/\r\n?|\n/).filter((line) => line.trim() !== '');
  return lines.slice(0, shownLines).map((line) => [...line].slice(0, shownCharacters).join(''));
}

/**
 * UTF-16 without a mark: where its line feeds stand, the other byte is zero. Without a line end, most of the bytes on one
 * side are.
 */
function unmarkedUtf16(head: Uint8Array): string | null {
  const zeros: [even: number, odd: number] = [0, 0];
  const feeds: [little: number, big: number] = [0, 0];
  const lone: [even: number, odd: number] = [0, 0];
  for (const [index, byte] of head.entries()) {
    const side = (index & 1) as 0 | 1;
    if (byte === 0) zeros[side]++;
    if (byte !== 0x0a) continue;
    // The high byte follows in little endian, and goes before in big endian.
    const other = side === 0 ? head[index + 1] : head[index - 1];
    if (other === 0) feeds[side]++;
    else lone[side]++;
  }
  const [even, odd] = zeros;
  const [little, big] = feeds;
  if (odd > 3 * even && (little > lone[0] || (little + lone[0] + lone[1] === 0 && 4 * odd > head.length)))
    return 'utf-16le';
  return even > 3 * odd && (big > lone[1] || (big + lone[0] + lone[1] === 0 && 4 * even > head.length))
    ? 'utf-16be'
    : null;
}

/** Characters beyond ASCII that are UTF-8 and bytes that are not, and whether ISO-2022-JP's escapes stand in the file. */
async function countUtf8(blob: Blob): Promise<{ good: number; bad: number; escapes: boolean }> {
  let [good, bad, escapes] = [0, 0, false];
  try {
    for await (const text of decoded(blob, decoderOf('utf-8', { fatal: true }))) escapes ||= text.includes('\x1b$');
    return { good, bad, escapes };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  for await (const text of decoded(blob, decoderOf('utf-8'))) {
    bad += text.match(/\uFFFD/g)?.length ?? 0;
    good += text.match(/[^\0-\x7f\uFFFD]/gu)?.length ?? 0;
  }
  return { good, bad, escapes: false };
}

/** The lines with bytes beyond ASCII from the beginning of a file on, so much that a guess can be made. */
async function sampleOf(blob: Blob): Promise<Uint8Array> {
  const sample = new Uint8Array(sampleBytes);
  let size = 0;
  for (let at = 0; at < blob.size && size < sampleBytes; at += 1 << 20) {
    const bytes = new Uint8Array(await blob.slice(at, at + (1 << 20)).arrayBuffer());
    for (let start = 0; start < bytes.length && size < sampleBytes; ) {
      const feed = bytes.indexOf(0x0a, start);
      const line = bytes.subarray(start, feed < 0 ? bytes.length : feed + 1).subarray(0, sampleBytes - size);
      start = feed < 0 ? bytes.length : feed + 1;
      if (!line.some((byte) => byte > 0x7f)) continue;
      sample.set(line, size);
      size += line.length;
    }
  }
  return sample.subarray(0, size);
}

/** Encodings that fit a sample, the likeliest first. */
async function likelyEncodings(sample: Uint8Array): Promise<string[]> {
  const { analyse } = await import('chardet');
  return analyse(sample)
    .filter(({ name }) => !/^(UTF-|ASCII|ISO-2022)/.test(name))
    .map(({ name, confidence }) => {
      const encoding = encodingName(name);
      const text = decoderOf(encoding).decode(sample);
      // A few words are too little to count letters of, but kana are found in Japanese alone.
      const japanese = /^(shift_jis|euc-jp)$/.test(encoding) && kana.test(text) ? 30 : 0;
      return { encoding, text, score: confidence + japanese };
    })
    .filter(({ text }) => fits(text))
    .sort((a, b) => b.score - a.score)
    .map(({ encoding }) => encoding);
}

/** Whether hardly anything in a text is damaged, and nothing is a control character that no text has. */
function fits(text: string): boolean {
  const bad = text.match(/[\uFFFD\x80-\x9f]/g)?.length ?? 0;
  const good = text.match(/[^\0-\x9f\uFFFD]/g)?.length ?? 0;
  return bad <= 1 || bad * goodForBadElsewhere <= good;
}
