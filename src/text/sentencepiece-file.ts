/** A SentencePiece `.model` file of the BPE kind, as `sentencepiece-model.ts` reads it: what a GGUF file says of one. */
import type { Bytes } from '../files/source.ts';
import { pieceTypes, type SentencePieceModel } from './sentencepiece-model.ts';

const bpe = 2;

/** With byte fallback, and texts otherwise as they are. */
export function sentencePieceFile({
  pieces,
  ids,
  addDummyPrefix,
}: Pick<SentencePieceModel, 'pieces' | 'ids' | 'addDummyPrefix'>): Bytes {
  const out: number[] = [];
  for (const { text, score, type } of pieces) {
    const utf8 = new TextEncoder().encode(text);
    const float = new Uint8Array(Float32Array.of(score).buffer);
    pushMessage(out, 1, [
      ...[...key(1, 2), ...varint(utf8.length), ...utf8],
      ...[...key(2, 5), ...float],
      ...[...key(3, 0), ...varint(pieceTypes.indexOf(type))],
    ]);
  }
  const numbers = (fields: readonly (readonly [number: number, value: number])[]) =>
    fields.flatMap(([number, value]) => [...key(number, 0), ...varint(value)]);
  const trainer = [
    [3, bpe],
    [35, 1],
    [40, ids.unk],
    [41, ids.bos],
    [42, ids.eos],
    [43, ids.pad],
  ] as const;
  pushMessage(out, 2, numbers(trainer));
  const normalizer = [
    [3, addDummyPrefix ? 1 : 0],
    [4, 0],
    [5, 1],
  ] as const;
  pushMessage(out, 3, numbers(normalizer));
  return Uint8Array.from(out);
}

function pushMessage(out: number[], number: number, message: readonly number[]): void {
  out.push(...key(number, 2), ...varint(message.length));
  for (const byte of message) out.push(byte);
}

const key = (number: number, kind: 0 | 2 | 5): number[] => varint(number * 8 + kind);

/** Numbers below 0 take ten bytes, as the 64 bits of their complement. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return bytes;
}
