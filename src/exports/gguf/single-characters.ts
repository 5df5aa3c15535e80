/**
 * Tokenizers that cut the characters of a class apart (`[0-9ぁ-ヿ一-鿿]`) before GPT-2's pattern. llama.cpp has none of
 * them, and needs none where the merges alone keep those characters apart: then GPT-2's pattern gives the same tokens.
 */

export type Merge = readonly [left: string, right: string];

/** The class of characters that a pattern is; undefined for a pattern of another kind. */
export function characterClass(pattern: string): Set<string> | undefined {
  const inner = /^\[([^[\]\\^&]+)\]$/.exec(pattern)?.[1];
  if (inner === undefined) return undefined;
  const found = new Set<string>();
  const characters = [...inner];
  for (let at = 0; at < characters.length; at++) {
    const first = characters[at]!.codePointAt(0)!;
    const isRange = characters[at + 1] === '-' && at + 2 < characters.length;
    const last = isRange ? characters[at + 2]!.codePointAt(0)! : first;
    for (let code = first; code <= last; code++) found.add(String.fromCodePoint(code));
    if (isRange) at += 2;
  }
  return found;
}

/**
 * Whether GPT-2's pattern, with these merges, gives the same tokens with and without the cuts. Without them a piece may be
 * longer, which is no matter where no merge reaches across the edge of such a character; a run of spaces before one is cut
 * before its last, which is no matter where spaces do not merge; and `'s` behind a mark is no piece of its own.
 * @param merges in the characters that stand for bytes
 */
export function areKeptApart(characters: ReadonlySet<string>, merges: readonly Merge[]): boolean {
  const apart = fragmentsOf(characters);
  const spaces = fragmentsOf(whiteSpace);
  if ([...characters].some((each) => whiteSpace.has(each))) return false;
  const marks = [...characters].some((each) => !/[\p{L}\p{N}]/u.test(each));
  return merges.every(([left, right]) => {
    const units = unitsOf(bytesOf(left + right));
    if (units.length === 1) return true;
    if (units.every((unit) => spaces.has(unit))) return false;
    if (marks && units[0] === "'" && /^[a-z]$/.test(units[1]!)) return false;
    return !units.some((unit) => apart.has(unit));
  });
}

const whiteSpace: ReadonlySet<string> = new Set(
  Array.from({ length: 0x3001 }, (_, code) => String.fromCharCode(code)).filter((each) =>
    /\p{White_Space}/u.test(each),
  ),
);

/** The bytes of each character, one to a char; and their beginnings and ends, as which a token may hold it. */
function fragmentsOf(characters: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  for (const character of characters) {
    const bytes = String.fromCharCode(...new TextEncoder().encode(character));
    for (let cut = 0; cut < bytes.length; cut++) found.add(bytes.slice(cut)).add(bytes.slice(0, cut + 1));
  }
  return found;
}

/** Bytes cut before each one that begins a character. */
const unitsOf = (bytes: string): string[] => bytes.match(/[\0-\x7f\xc0-\xff][\x80-\xbf]*|[\x80-\xbf]+/g) ?? [];

/** GPT-2's characters for bytes: those that can be printed for themselves, the others from U+0100 on. */
const printed = /[!-~\xa1-\xac\xae-\xff]/;
const byteOf = new Map<string, string>();
for (let byte = 0, next = 0x100; byte < 256; byte++) {
  const itself = String.fromCharCode(byte);
  byteOf.set(printed.test(itself) ? itself : String.fromCharCode(next++), itself);
}

const bytesOf = (token: string): string => Array.from(token, (each) => byteOf.get(each) ?? each).join('');
