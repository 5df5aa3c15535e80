/** How a tokenizer puts two texts into one sequence, read from the `post_processor` of its tokenizer.json. */
import { AppError, because } from '../errors.ts';

type Json = Readonly<Record<string, unknown>>;

/** Ids that the tokenizer puts around two texts, and the types of all (0 or 1). */
export interface PairTemplate {
  readonly before: readonly number[];
  readonly between: readonly number[];
  readonly after: readonly number[];
  /** Of `before`, the first text, `between`, the second text and `after`: how many parts begin the sequence with type 0. */
  typesOf(first: number, second: number): Uint8Array;
}

/** A token that is put in, or all of a text. */
interface Part {
  readonly type: number;
  readonly ids: readonly number[] | 'A' | 'B';
}

/**
 * Reference: tokenizers `processors/` (BertProcessing, RobertaProcessing, TemplateProcessing, ByteLevel, Sequence): what is
 * of RoBERTa's kind has type 0 throughout.
 * @throws AppError 'tokenizer-invalid' where two texts would stand side by side with nothing between them, or in another
 * order, or with other types than those of the first text before those of the second
 */
export function pairTemplate(postProcessor: unknown): PairTemplate {
  const parts = partsOf(postProcessor);
  const [first, second] = [parts.findIndex(({ ids }) => ids === 'A'), parts.findIndex(({ ids }) => ids === 'B')];
  const texts = parts.filter(({ ids }) => typeof ids === 'string').length;
  const isOrdered = parts.every(
    ({ type }, index) => (type === 0 || type === 1) && type >= (parts[index - 1]?.type ?? 0),
  );
  const isWhole = parts.every(({ ids }) => ids === 'A' || ids === 'B' || (Array.isArray(ids) && ids.every(isId)));
  if (texts !== 2 || first < 0 || second < first + 2 || !isOrdered || !isWhole)
    throw new AppError('tokenizer-invalid', { reason: because`it does not say how two texts stand in one` });
  const idsOf = (from: number, to: number) => parts.slice(from, to).flatMap(({ ids }) => ids as readonly number[]);
  return {
    before: idsOf(0, first),
    between: idsOf(first + 1, second),
    after: idsOf(second + 1, parts.length),
    typesOf(firstLength, secondLength) {
      const lengthOf = ({ ids }: Part) => (ids === 'A' ? firstLength : ids === 'B' ? secondLength : ids.length);
      return Uint8Array.from(parts.flatMap((part) => new Array<number>(lengthOf(part)).fill(part.type)));
    },
  };
}

const isId = (id: unknown): boolean => Number.isInteger(id) && (id as number) >= 0;

function partsOf(processor: unknown): readonly Part[] {
  const { type, processors, cls, sep, pair, special_tokens: tokens } = (processor ?? {}) as Json;
  const special = (token: unknown, of: number): Part => ({ type: of, ids: [(token as [string, number])[1]] });
  switch (type) {
    case 'Sequence':
      // Each works on what the one before it gave; only one of them puts tokens in.
      return (processors as readonly unknown[]).map(partsOf).find((parts) => parts.length > 0) ?? [];
    case 'BertProcessing':
      return [special(cls, 0), { type: 0, ids: 'A' }, special(sep, 0), { type: 1, ids: 'B' }, special(sep, 1)];
    case 'RobertaProcessing': {
      const [begin, end] = [special(cls, 0), special(sep, 0)];
      return [begin, { type: 0, ids: 'A' }, end, end, { type: 0, ids: 'B' }, end];
    }
    case 'TemplateProcessing':
      return (pair as readonly Json[]).map((part) => templatePart(part, tokens as Json));
    default:
      return [];
  }
}

function templatePart({ Sequence: text, SpecialToken: token }: Json, tokens: Json): Part {
  const { id, type_id: type } = (text ?? token) as { readonly id: string; readonly type_id: number };
  return { type, ids: text ? (id as 'A' | 'B') : (tokens[id] as { readonly ids: readonly number[] }).ids };
}

/**
 * Tokens that are kept of two texts where only `room` fit: the longer one is cut until both are as long, then both in turn,
 * as `truncation='longest_first'` of transformers.
 * Reference: tokenizers `utils/truncation.rs` (TruncationStrategy::LongestFirst).
 */
export function keptOfPair(first: number, second: number, room: number): [first: number, second: number] {
  if (first + second <= room) return [first, second];
  const shorter = Math.min(first, second);
  const longer = Math.max(shorter, room - shorter);
  if (shorter <= room && shorter + longer <= room) return first > second ? [longer, shorter] : [shorter, longer];
  // The longer one keeps the odd token; of two that are as long the second.
  const half = Math.floor(room / 2);
  return first > second ? [room - half, half] : [half, room - half];
}
