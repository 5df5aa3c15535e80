/** A field of a protocol buffer message: a varint or fixed number, or the bytes of text, a message or a packed list. */
export interface ProtoField {
  readonly number: number;
  /** The bytes of a length-delimited or fixed field; null for a varint. */
  readonly bytes: Uint8Array | null;
  /** The value of a varint, as a signed 64-bit number; 0 for others. */
  readonly varint: number;
}

/**
 * The fields of one message, in the file's order (protobuf.dev/programming-guides/encoding).
 * @throws RangeError where the message is cut off or is none
 */
export function* protoFields(message: Uint8Array): Generator<ProtoField> {
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (length > message.length - at) throw new RangeError('it ends early');
    at += length;
    return message.subarray(at - length, at);
  };
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = take(1)[0]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
    throw new RangeError('it holds a number that is too long');
  };
  while (at < message.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    const kind = key % 8;
    if (number < 1) throw new RangeError('it holds a field without a number');
    if (kind === 0) {
      yield { number, bytes: null, varint: varint() };
      continue;
    }
    const length = kind === 2 ? varint() : kind === 1 ? 8 : kind === 5 ? 4 : -1;
    if (length < 0) throw new RangeError('it holds a field of an unknown kind');
    yield { number, bytes: take(length), varint: 0 };
  }
}
