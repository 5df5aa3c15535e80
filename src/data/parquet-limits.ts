/**
 * What a Parquet file may ask for. The library makes lists and buffers of whatever length a header says, so lengths are
 * held to the file before it reads them: one changed byte could ask for all memory.
 */
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { because, type Reason } from '../errors.ts';

/** What is asked for is far more than the file can hold, or lies outside it. */
export class OutOfFile extends Error {
  constructor(readonly reason: Reason) {
    super(reason.text);
  }
}

/** Values that any file may have, and more for each of its bytes: repeated ones are packed, hundreds in a byte. */
const valuesOfAnyFile = 4 << 20;
const valuesPerByte = 16;

/** Bytes of a page that was unpacked, likewise. */
const pageBytesOfAny = 16 << 20;
const pageBytesPerByte = 200;

const damaged = () => new OutOfFile(because`its header is damaged`);
const tooMany = () => new OutOfFile(because`it announces more values than it can hold`);

/** @throws OutOfFile */
export function requireWithin({ row_groups, num_rows }: FileMetaData, bytes: number): void {
  const most = valuesOfAnyFile + valuesPerByte * bytes;
  let values = 0;
  let rows = 0;
  for (const group of row_groups) {
    const own = Number(group.num_rows);
    if (!(own >= 0)) throw tooMany();
    rows += own;
    for (const { meta_data: meta } of group.columns) {
      values += Math.max(own, Number(meta?.num_values ?? 0));
      // The library begins at the dictionary: pages before it would be left out.
      if (meta?.dictionary_page_offset && meta.dictionary_page_offset > meta.data_page_offset) throw damaged();
    }
  }
  if (!(values <= most && rows <= most) || rows !== Number(num_rows)) throw tooMany();
}

/**
 * A file of which only what it has is read, and in which every page is looked at before the library gets it. What is
 * refused is noted and read as nothing: a rejection would be told once more by each column that nobody waits for.
 */
export interface CheckedSource extends AsyncBuffer {
  readonly refused: OutOfFile | null;
}

/** @param metadata null while it is not read */
export function checkedSource(blob: Blob, metadata: () => FileMetaData | null): CheckedSource {
  let refused: OutOfFile | null = null;
  return {
    byteLength: blob.size,
    get refused() {
      return refused;
    },
    slice(start, end = blob.size) {
      const read = async () => {
        const isInside = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end <= blob.size;
        if (!isInside || end < start) throw new OutOfFile(because`it refers to what lies beyond its end`);
        const bytes = await blob.slice(start, end).arrayBuffer();
        const known = metadata();
        if (known) requirePages(known, new DataView(bytes), start, blob.size);
        return bytes;
      };
      return read().catch((cause: unknown) => {
        if (!(cause instanceof OutOfFile)) throw cause;
        refused ??= cause;
        return new ArrayBuffer(0);
      });
    },
  };
}

/** Looks at the pages of the columns that lie in a part of the file. @throws OutOfFile */
function requirePages({ row_groups }: FileMetaData, view: DataView, start: number, size: number): void {
  for (const { columns } of row_groups)
    for (const { meta_data: meta } of columns) {
      if (!meta) continue;
      const from = Number(meta.dictionary_page_offset || meta.data_page_offset) - start;
      const to = from + Number(meta.total_compressed_size);
      if (from < 0 || to > view.byteLength) continue;
      requireColumn(view, from, to, Number(meta.num_values), size);
    }
}

/** Fields of a page's header in Thrift, of which one says what the page is. */
const [dataPage, dictionaryPage, dataPageOfVersion2] = [5, 7, 8];
/** PLAIN_DICTIONARY and RLE_DICTIONARY. */
const dictionaryEncodings = new Set([2, 8]);

function requireColumn(view: DataView, from: number, to: number, announced: number, size: number): void {
  const reader = new HeaderReader(view, from);
  let values = 0;
  let hasDictionary = false;
  while (reader.at < to - 1) {
    const header = reader.struct();
    const [unpacked, packed] = [numberIn(header, 2), numberIn(header, 3)];
    const isSized = packed >= 0 && unpacked >= 0 && reader.at + packed <= view.byteLength;
    if (!isSized) throw new OutOfFile(because`it refers to what lies beyond its end`);
    if (unpacked > pageBytesOfAny + pageBytesPerByte * packed) throw tooMany();
    for (const kind of [dataPage, dictionaryPage, dataPageOfVersion2]) {
      const page = header.get(kind);
      if (!(page instanceof Map)) continue;
      const count = numberIn(page, 1);
      if (!(count >= 0 && count <= valuesOfAnyFile + valuesPerByte * size)) throw tooMany();
      if (kind === dictionaryPage) hasDictionary = true;
      else values += count;
      // Without its dictionary the library takes the places in it for the values.
      if (!hasDictionary && dictionaryEncodings.has(numberIn(page, kind === dataPage ? 2 : 4))) throw damaged();
    }
    if (values > announced) throw tooMany();
    reader.at += packed;
  }
}

type Fields = Map<number, unknown>;

const numberIn = (fields: Fields, field: number): number => {
  const value = fields.get(field);
  return typeof value === 'number' ? value : Number.NaN;
};

/** Thrift's compact protocol, as far as page headers need it: numbers and structs, the rest is passed over. */
class HeaderReader {
  constructor(
    private readonly view: DataView,
    public at: number,
  ) {}

  struct(depth = 0): Fields {
    if (depth > 8) throw damaged();
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
    if (type === 12) return this.struct(depth + 1);
    // No list, set or map stands in a page's header.
    throw damaged();
  }

  private pass(bytes: number): null {
    this.at += bytes;
    return null;
  }

  private byte(): number {
    if (this.at >= this.view.byteLength) throw new OutOfFile(because`it ends early`);
    return this.view.getUint8(this.at++);
  }

  private varint(): number {
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
