import { because } from '../errors.ts';
import { damaged, OutOfFile } from './out-of-file.ts';

export type Fields = Map<number, unknown>;

export const numberIn = (fields: Fields, field: number): number => {
  const value = fields.get(field);
  return typeof value === 'number' ? value : Number.NaN;
};

const deepest = 16;

/** Thrift's compact protocol, as Parquet's headers have it: booleans, numbers and structs; of lists and bytes only that they fit. */
export class ThriftReader {
  constructor(
    private readonly view: DataView,
    public at: number,
  ) {}

  /** @throws OutOfFile */
  struct(depth = 0): Fields {
    if (depth > deepest) throw damaged();
    const fields: Fields = new Map();
    let field = 0;
    for (;;) {
      const head = this.byte();
      if ((head & 0x0f) === 0) return fields;
      field = head >> 4 ? field + (head >> 4) : this.zigZag();
      fields.set(field, this.element(head & 0x0f, depth));
    }
  }

  private element(type: number, depth: number): unknown {
    if (type === 1 || type === 2) return type === 1;
    if (type === 3) return this.byte();
    if (type >= 4 && type <= 6) return this.zigZag();
    if (type === 7) return this.pass(8);
    if (type === 8) return this.pass(this.varint());
    if (type === 9) return this.list(depth);
    if (type === 12) return this.struct(depth + 1);
    // Parquet has no set and no map.
    throw damaged();
  }

  private list(depth: number): null {
    const head = this.byte();
    const type = head & 0x0f;
    const count = head >> 4 === 15 ? this.varint() : head >> 4;
    // Each element is a byte at least.
    if (count > this.view.byteLength - this.at) throw damaged();
    // In a list a boolean is a byte.
    for (let index = 0; index < count; index++) this.element(type <= 2 ? 3 : type, depth + 1);
    return null;
  }

  private pass(bytes: number): null {
    this.at += bytes;
    return null;
  }

  private byte(): number {
    if (this.at >= this.view.byteLength) throw new OutOfFile(because`it ends early`);
    return this.view.getUint8(this.at++);
  }

  varint(): number {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return value;
    }
  }

  private zigZag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
