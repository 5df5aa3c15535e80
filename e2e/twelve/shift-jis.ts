const decoder = new TextDecoder('shift_jis', { fatal: true });

/** The bytes of each character of cp932, found by decoding every pair. */
const bytesOf = new Map<string, readonly number[]>();
for (let lead = 0xfc; lead >= 0x81; lead--) {
  if (lead >= 0xa0 && lead < 0xe0) continue;
  for (let trail = 0xfc; trail >= 0x40; trail--) {
    try {
      bytesOf.set(decoder.decode(Uint8Array.of(lead, trail)), [lead, trail]);
    } catch {
      // No character has these bytes.
    }
  }
}

/**
 * A text in cp932, as Excel writes a CSV file on a Japanese Windows.
 * @throws RangeError for a character that it lacks
 */
export function shiftJis(text: string): Buffer {
  const bytes = [...text].flatMap((character): readonly number[] => {
    if (character.codePointAt(0)! < 0x80) return [character.codePointAt(0)!];
    const found = bytesOf.get(character);
    if (found === undefined) throw new RangeError(`cp932 has no ${character}`);
    return found;
  });
  return Buffer.from(bytes);
}
