import type { Progress } from './read-table.ts';

const japaneseEncodings = ['shift_jis', 'euc-jp'];
const kana = /[\u3041-\u3096\u30A1-\u30FA]/;
const halfWidthKatakana = /[\uFF61-\uFF9F]/g;

/** Bytes decoded at a time: little memory, few calls. */
const pieceBytes = 4 << 20;

/**
 * The encoding of a text file as WHATWG names it: UTF-8 and UTF-16 by their byte order marks, UTF-16 also by the zero
 * bytes of its ASCII letters, else strict UTF-8; what is not UTF-8 is Japanese (Shift_JIS or EUC-JP) where that decodes
 * strictly into text with kana, else Western (windows-1252, which takes any byte). Every byte is looked at, because a
 * file may begin with thousands of plain ASCII rows.
 */
export async function detectEncoding(blob: Blob): Promise<string> {
  const head = new Uint8Array(await blob.slice(0, 4096).arrayBuffer());
  const [first, second] = head;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  const wide = unmarkedUtf16(head);
  if (wide) return wide;
  if (await strictly(blob, 'utf-8', () => {})) return 'utf-8';
  const fitting: { encoding: string; halfWidth: number }[] = [];
  for (const encoding of japaneseEncodings) {
    let [hasKana, halfWidth] = [false, 0];
    const fits = await strictly(blob, encoding, (text) => {
      hasKana ||= kana.test(text);
      halfWidth += text.match(halfWidthKatakana)?.length ?? 0;
    });
    if (fits && hasKana) fitting.push({ encoding, halfWidth });
  }
  // EUC-JP read as Shift_JIS is full of half-width katakana.
  fitting.sort((a, b) => a.halfWidth - b.halfWidth);
  return fitting[0]?.encoding ?? 'windows-1252';
}

/**
 * UTF-16 without a mark: delimiters, line ends and Latin letters are ASCII, whose second byte is zero. A few characters
 * end in a zero byte themselves (U+4E00, "one"), so one side has most of the zeros, not all.
 */
function unmarkedUtf16(head: Uint8Array): string | null {
  const zeros: [even: number, odd: number] = [0, 0];
  for (const [index, byte] of head.entries()) if (byte === 0) zeros[index & 1 ? 1 : 0]++;
  const [even, odd] = zeros;
  if (odd > 3 * even) return 'utf-16le';
  return even > 3 * odd ? 'utf-16be' : null;
}

async function strictly(blob: Blob, encoding: string, onText: (text: string) => void): Promise<boolean> {
  try {
    for await (const text of decoded(blob, new TextDecoder(encoding, { fatal: true }))) onText(text);
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

async function* decoded(blob: Blob, decoder: TextDecoder, onProgress?: Progress): AsyncGenerator<string> {
  for (let at = 0; at < blob.size; at += pieceBytes) {
    const end = Math.min(blob.size, at + pieceBytes);
    const bytes = await blob.slice(at, end).arrayBuffer();
    yield decoder.decode(bytes, { stream: end < blob.size });
    onProgress?.(end, blob.size);
  }
}

/** The text of a file in pieces of a few MiB, without its byte order mark, every line end as \n. */
export async function* textPieces(blob: Blob, encoding: string, onProgress?: Progress): AsyncGenerator<string> {
  let heldReturn = '';
  for await (const text of decoded(blob, new TextDecoder(encoding), onProgress)) {
    const whole = heldReturn + text;
    // A \n may follow in the next piece.
    heldReturn = whole.endsWith('\r') ? '\r' : '';
    yield whole.slice(0, whole.length - heldReturn.length).replace(/\r\n?/g, '\n');
  }
  if (heldReturn) yield '\n';
}
