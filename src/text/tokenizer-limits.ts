/** What a tokenizer.json may ask for before the library reads it: it makes lists up to the highest id, and runs any expression. */
import { AppError, because, type Reason } from '../errors.ts';
import { canBacktrackForever } from '../regex-risk.ts';

type Json = Readonly<Record<string, unknown>>;

/** Ids that may stand unused; the library's list reaches to the highest. */
const mostGaps = 1_000_000;

/** Of a text that a normalizer puts in or a part is cut by. */
const longestPart = 1000;

/** Sections in sections; more would overflow the stack. */
const deepest = 50;
const mostParts = 1000;
const mostByteLevels = 4;

/** How many characters one may become by texts put in the place of texts, one after the other. */
const mostGrowth = 1000;

/** Of a word that WordPiece cuts; its time grows with the square. The usual bound is 100. */
const longestWord = 4000;

const invalid = (reason: Reason) => new AppError('tokenizer-invalid', { reason });

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws AppError 'tokenizer-invalid' */
export function requireTokenizerParts(json: Json): void {
  requireIds(json);
  const { max_input_chars_per_word: word } = json.model as Json;
  if (typeof word === 'number' && !(word <= longestWord))
    throw invalid(because`it cuts words of up to ${word} characters, more than ${longestWord}`);
  for (const section of ['normalizer', 'pre_tokenizer', 'decoder', 'post_processor']) requireSection(json[section]);
  requireGrowth(json.normalizer);
}

/** @throws AppError 'tokenizer-invalid' */
export function requireAddedTokens(tokens: readonly unknown[]): void {
  for (const token of tokens)
    if (!isObject(token) || typeof token.content !== 'string') throw invalid(because`an added token has no text`);
}

function requireIds({ model, added_tokens: added }: Json): void {
  const { vocab } = model as Json;
  const tokens = added as readonly unknown[];
  // A vocabulary of pairs has its ids by their places.
  const ids = Array.isArray(vocab) ? [] : Object.values(vocab as Json);
  if (Array.isArray(vocab) && !vocab.every((pair) => Array.isArray(pair) && typeof pair[0] === 'string'))
    throw invalid(because`its vocabulary has a piece without a text`);
  const size = tokens.length + (Array.isArray(vocab) ? vocab.length : ids.length);
  const isId = (id: unknown) => Number.isInteger(id) && (id as number) >= 0 && (id as number) < size + mostGaps;
  for (const id of ids) if (!isId(id)) throw invalid(because`its vocabulary has a token with the id ${id}`);
  for (const { id } of tokens as readonly Json[])
    if (!isId(id)) throw invalid(because`it adds a token with the id ${id}`);
}

/** Looks at every part of a section, however they lie in each other. */
function requireSection(section: unknown): void {
  const open = [{ value: section, depth: 0 }];
  let parts = 0;
  let levels = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, depth } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > deepest || ++parts > mostParts + 100 * depth) throw invalid(because`its sections lie too deep`);
    if (isObject(value)) requirePart(value);
    // Each doubles the bytes beyond ASCII of the one before it.
    if (isObject(value) && value.type === 'ByteLevel' && ++levels > mostByteLevels)
      throw invalid(because`its sections lie too deep`);
    for (const [key, each] of Object.entries(value))
      if (key !== 'precompiled_charsmap' && key !== 'special_tokens') open.push({ value: each, depth: depth + 1 });
  }
}

/** Replacements that make of one character many, again and again: each reads what those before it have put in. */
function requireGrowth(normalizer: unknown): void {
  const seen: { readonly content: string; readonly growth: number }[] = [];
  for (const part of inOrder(normalizer)) {
    if (part.type !== 'Replace' || typeof part.content !== 'string') continue;
    const { content } = part;
    const text = isObject(part.pattern) && typeof part.pattern.String === 'string' ? part.pattern.String : null;
    const before = seen.filter((each) => text === null || each.content.includes(text));
    const growth =
      (content.length / Math.max(1, text?.length ?? 1)) * Math.max(1, ...before.map((each) => each.growth));
    if (growth > mostGrowth) throw invalid(because`it makes of one character more than ${mostGrowth}`);
    seen.push({ content, growth });
  }
}

/** A normalizer's steps, those within sequences in their place. */
const inOrder = (step: unknown): Json[] =>
  !isObject(step) ? [] : Array.isArray(step.normalizers) ? step.normalizers.flatMap(inOrder) : [step];

function requirePart({ type, pattern, content, prepend, length }: Json): void {
  const regex = isObject(pattern) && typeof pattern.Regex === 'string' ? pattern.Regex : null;
  if (regex !== null && canBacktrackForever(regex))
    throw invalid(because`its pattern ${regex.slice(0, 80)} repeats repetitions, and might never end`);
  for (const text of [content, prepend])
    if (typeof text === 'string' && text.length > longestPart)
      throw invalid(because`it puts a long text before others`);
  if (type === 'FixedLength' && length !== undefined && !(Number.isInteger(length) && (length as number) > 0))
    throw invalid(because`it cuts texts by no whole number`);
}
