/** Words whose values are kept: enough for those of a language, and some megabytes. */
const keptWords = 1 << 16;
/** Characters of a word that comes again. */
const longestKept = 64;

/** The same function, which looks up what it made of a short word that came before. */
export function cachedByWord<Value extends string | readonly number[]>(
  make: (word: string) => Value,
): (word: string) => Value {
  const known = new Map<string, Value>();
  const encoder = new TextEncoder();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return (word) => {
    const kept = known.get(word);
    if (kept !== undefined) return kept;
    const made = make(word);
    if (word.length > longestKept) return made;
    // A part of a text keeps all of it in memory, a copy does not.
    const copy = decoder.decode(encoder.encode(word));
    if (known.size === keptWords) known.clear();
    // Half of a surrogate pair comes back as another character.
    if (copy === word) known.set(copy, made);
    return made;
  };
}
