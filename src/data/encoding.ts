export interface DecodedText {
  readonly text: string;
  /** WHATWG name of the encoding the text was read with. */
  readonly encoding: string;
}

const japaneseEncodings = ['shift_jis', 'euc-jp'];
const kana = /[\u3041-\u3096\u30A1-\u30FA]/;
const halfWidthKatakana = /[\uFF61-\uFF9F]/g;

/**
 * Text of a file without its byte order mark. UTF-8 and UTF-16 by their marks, else strict UTF-8; what is not UTF-8 is
 * Japanese (Shift_JIS or EUC-JP) where that decodes strictly into text with kana, else Western (windows-1252, which
 * takes any byte).
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe)
    return { text: new TextDecoder('utf-16le').decode(bytes), encoding: 'utf-16le' };
  if (first === 0xfe && second === 0xff)
    return { text: new TextDecoder('utf-16be').decode(bytes), encoding: 'utf-16be' };
  const utf8 = strictly(bytes, 'utf-8');
  if (utf8 !== null) return { text: utf8, encoding: 'utf-8' };
  const japanese = japaneseEncodings
    .map((encoding) => ({ encoding, text: strictly(bytes, encoding) ?? '' }))
    .filter(({ text }) => kana.test(text))
    // EUC-JP read as Shift_JIS is full of half-width katakana.
    .sort((a, b) => halfWidthCount(a.text) - halfWidthCount(b.text));
  return japanese[0] ?? { text: new TextDecoder('windows-1252').decode(bytes), encoding: 'windows-1252' };
}

function strictly(bytes: Uint8Array, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function halfWidthCount(text: string): number {
  return text.match(halfWidthKatakana)?.length ?? 0;
}
