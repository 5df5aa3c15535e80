import { AppError, because, type Reason } from '../errors.ts';
import { type ProtoField, protoFields } from './protobuf.ts';

/** Kinds of pieces, by their number in sentencepiece_model.proto. */
export const pieceTypes = ['', 'normal', 'unknown', 'control', 'userDefined', 'unused', 'byte'] as const;
export type PieceType = Exclude<(typeof pieceTypes)[number], ''>;

export interface Piece {
  readonly text: string;
  readonly score: number;
  readonly type: PieceType;
}

/** Far more than any trainer allows; what a piece costs to convert grows with the square of its length. */
const maxPieceLength = 1000;

/** What a SentencePiece `.model` file says, as far as encoding and decoding need it. A piece's id is its index. */
export interface SentencePieceModel {
  readonly pieces: readonly Piece[];
  readonly kind: 'unigram' | 'bpe';
  readonly byteFallback: boolean;
  /** Ids of the pieces with a meaning; -1 for none. */
  readonly ids: { readonly unk: number; readonly bos: number; readonly eos: number; readonly pad: number };
  /** See `charsmap.ts`; empty where text stays as it is. */
  readonly charsmap: Uint8Array;
  readonly addDummyPrefix: boolean;
  readonly removeExtraWhitespaces: boolean;
}

/**
 * Reads a `.model` file, a protocol buffer (sentencepiece_model.proto).
 * @throws AppError 'tokenizer-invalid' for another file, or a kind of model that cannot be converted
 */
export function parseSentencePiece(file: Uint8Array): SentencePieceModel {
  const invalid = (reason: Reason, cause?: unknown) =>
    new AppError('tokenizer-invalid', { reason: because`its SentencePiece model ${reason}` }, { cause });
  try {
    return checkedModel(parseModel(file), invalid);
  } catch (cause) {
    if (cause instanceof RangeError) throw invalid(because`is damaged: ${cause.message}`, cause);
    throw cause;
  }
}

const bytesOf = (field: ProtoField): Uint8Array => {
  if (!field.bytes) throw new RangeError('a field has the wrong type');
  return field.bytes;
};

/** The fields of a message that occur once, the last one counting, as the format wants it. */
function lastFields(message: Uint8Array): ReadonlyMap<number, ProtoField> {
  return new Map([...protoFields(message)].map((field) => [field.number, field]));
}

function parsePiece(message: Uint8Array): { text: string; score: number; type: number } {
  const fields = lastFields(message);
  const [text, score] = [fields.get(1), fields.get(2)];
  const scoreBytes = score && bytesOf(score);
  if (scoreBytes && scoreBytes.length !== 4) throw new RangeError('a score is no number');
  return {
    text: text ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytesOf(text)) : '',
    score: scoreBytes ? new DataView(scoreBytes.buffer, scoreBytes.byteOffset).getFloat32(0, true) : 0,
    type: fields.get(3)?.varint ?? 1,
  };
}

function parseModel(file: Uint8Array) {
  const pieces: ReturnType<typeof parsePiece>[] = [];
  let [trainer, normalizer] = [lastFields(new Uint8Array()), lastFields(new Uint8Array())];
  for (const field of protoFields(file)) {
    if (field.number === 1) pieces.push(parsePiece(bytesOf(field)));
    if (field.number === 2) trainer = lastFields(bytesOf(field));
    if (field.number === 3) normalizer = lastFields(bytesOf(field));
  }
  return { pieces, trainer, normalizer };
}

function checkedModel(
  { pieces, trainer, normalizer }: ReturnType<typeof parseModel>,
  invalid: (reason: Reason) => AppError,
): SentencePieceModel {
  const option = (fields: ReadonlyMap<number, ProtoField>, number: number, standard: number): number =>
    fields.get(number)?.varint ?? standard;
  const kind = ([null, 'unigram', 'bpe'] as const)[option(trainer, 3, 1)];
  if (pieces.length === 0) throw invalid(because`has no pieces`);
  if (new Set(pieces.map(({ text }) => text)).size < pieces.length) throw invalid(because`has a piece twice`);
  if (!kind) throw invalid(because`is of a kind other than Unigram and BPE`);
  if (option(trainer, 24, 0)) throw invalid(because`writes spaces behind words, which is not supported`);
  if (!option(normalizer, 5, 1)) throw invalid(because`keeps spaces as they are, which is not supported`);
  const charsmap = normalizer.get(2);
  return {
    kind,
    pieces: pieces.map(({ text, score, type }) => {
      const name = pieceTypes[type];
      if (text === '' || text.length > maxPieceLength) throw invalid(because`has a piece of ${text.length} characters`);
      if (!name || !Number.isFinite(score)) throw invalid(because`has a piece "${text}" of an unknown kind`);
      return { text, score, type: name };
    }),
    byteFallback: option(trainer, 35, 0) !== 0,
    ids: {
      unk: option(trainer, 40, 0),
      bos: option(trainer, 41, 1),
      eos: option(trainer, 42, 2),
      pad: option(trainer, 43, -1),
    },
    charsmap: charsmap ? bytesOf(charsmap) : new Uint8Array(),
    addDummyPrefix: option(normalizer, 3, 1) !== 0,
    removeExtraWhitespaces: option(normalizer, 4, 1) !== 0,
  };
}
