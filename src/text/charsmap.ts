/**
 * SentencePiece's precompiled normalisation (nmt_nfkc and its kin, normalizer.cc): u32 length of a trie, the trie as a
 * double array of u32 units (darts-clone), and the replacements, each ended by a zero byte.
 */

/** Replaces in a text what the map knows. */
export type Charsmap = (text: string) => string;

/**
 * @param rule 'longest' as SentencePiece does: at each place the longest entry. 'grapheme' as the `tokenizers` library
 * does for a tokenizer.json: a grapheme of fewer than 6 bytes by its shortest entry, otherwise character by character;
 * it leaves a half-width か followed by its voicing mark as two characters.
 * @throws RangeError where the bytes are no such map
 */
export function createCharsmap(bytes: Uint8Array, rule: 'longest' | 'grapheme'): Charsmap {
  const { units, replacements } = parseCharsmap(bytes);
  const search = (key: Uint8Array, from: number) => prefixes(units, key, from);
  const replacement = (value: number): string => {
    const end = replacements.indexOf(0, value);
    return new TextDecoder().decode(replacements.subarray(value, end < 0 ? undefined : end));
  };
  return rule === 'longest' ? byLongest(search, replacement) : byGrapheme(search, replacement);
}

interface Match {
  /** Bytes of the key that it covers. */
  readonly length: number;
  /** Where the replacement begins. */
  readonly value: number;
}
type Search = (key: Uint8Array, from: number) => Match[];

function parseCharsmap(bytes: Uint8Array): { units: Uint32Array; replacements: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < 4 ? 0 : view.getUint32(0, true);
  if (length === 0 || length % 4 !== 0 || 4 + length > bytes.length) throw new RangeError('its charsmap is damaged');
  const units = Uint32Array.from({ length: length / 4 }, (_, index) => view.getUint32(4 + 4 * index, true));
  return { units, replacements: bytes.subarray(4 + length) };
}

/** The entries that the key begins with, shortest first. */
function prefixes(units: Uint32Array, key: Uint8Array, from: number): Match[] {
  const found: Match[] = [];
  const offset = (unit: number) => (unit >>> 10) << ((unit & 512) >>> 6);
  let node = offset(units[0]!);
  for (let at = from; at < key.length && key[at] !== 0; at++) {
    node ^= key[at]!;
    const unit = units[node];
    // The label of a unit with its leaf bit set is no byte.
    if (unit === undefined || (unit & 0x800000ff) !== key[at]) break;
    node ^= offset(unit);
    const leaf = units[node];
    if (unit & 256 && leaf !== undefined) found.push({ length: at + 1 - from, value: leaf & 0x7fffffff });
  }
  return found;
}

const encoder = new TextEncoder();

function byLongest(search: Search, replacement: (value: number) => string): Charsmap {
  return (text) => {
    const key = encoder.encode(text);
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    let out = '';
    let kept = 0;
    for (let at = 0; at < key.length; ) {
      const match = search(key, at).at(-1);
      if (match) {
        out += decoder.decode(key.subarray(kept, at)) + replacement(match.value);
        kept = at + match.length;
        at = kept;
      } else {
        at += utf8Length(key[at]!);
      }
    }
    return out + decoder.decode(key.subarray(kept));
  };
}

const utf8Length = (first: number): number => (first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4);

function byGrapheme(search: Search, replacement: (value: number) => string): Charsmap {
  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
  const shortest = (text: string): string | undefined => {
    const match = search(encoder.encode(text), 0)[0];
    return match && replacement(match.value);
  };
  const known = new Map<string, string>();
  const replaced = (grapheme: string): string => {
    const whole = encoder.encode(grapheme).length < 6 ? shortest(grapheme) : undefined;
    return whole ?? Array.from(grapheme, (char) => shortest(char) ?? char).join('');
  };
  return (text) => {
    let out = '';
    for (const { segment } of graphemes.segment(text)) {
      const result = known.get(segment) ?? replaced(segment);
      known.set(segment, result);
      out += result;
    }
    return out;
  };
}
