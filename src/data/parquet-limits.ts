/**
 * What a Parquet file may ask for. The library makes lists and buffers of whatever length a header says, so lengths are
 * held to the file before it reads them: one changed byte could ask for all memory.
 */
import {
  type AsyncBuffer,
  type ColumnChunk,
  type ColumnMetaData,
  type FileMetaData,
  parquetSchema,
  type SchemaElement,
  type SchemaTree,
} from 'hyparquet';
import { beyondEnd, damaged, OutOfFile, tooMany } from './out-of-file.ts';
import { levelsOf, type PageOfRuns, requireLevels, requireRuns } from './parquet-runs.ts';
import { numberIn, ThriftReader } from './thrift.ts';

/** Values that any file may have, and more for each of its bytes: repeated ones are packed, hundreds in a byte. */
const valuesOfAnyFile = 1 << 19;
const valuesPerByte = 16;

/** Bytes of a page that was unpacked, likewise. */
const pageBytesOfAny = 16 << 20;
const pageBytesPerByte = 200;

/** Length and magic number at the end of a file. */
const tailBytes = 8;

/**
 * Looks at the footer before the library makes lists as long as it says. What is no footer is the library's to refuse.
 * @throws OutOfFile
 */
export async function requireFooter(blob: Blob): Promise<void> {
  if (blob.size < tailBytes) return;
  const tail = new DataView(await blob.slice(blob.size - tailBytes).arrayBuffer());
  const start = blob.size - tailBytes - tail.getUint32(0, true);
  if (start < 0) return;
  new ThriftReader(new DataView(await blob.slice(start, blob.size - tailBytes).arrayBuffer()), 0).struct();
}

/** @throws OutOfFile */
export function requireWithin(metadata: FileMetaData, bytes: number): void {
  const { row_groups, num_rows } = metadata;
  const leaves = columnsOf(metadata);
  const most = valuesOfAnyFile + valuesPerByte * bytes;
  let values = 0;
  let rows = 0;
  for (const group of row_groups) {
    const own = Number(group.num_rows);
    if (!(own >= 0)) throw tooMany();
    rows += own;
    requireColumns(group.columns, leaves);
    for (const { meta_data: meta } of group.columns) {
      values += Math.max(own, Number(meta?.num_values ?? 0));
      // The library begins at the dictionary: pages before it would be left out.
      if (meta?.dictionary_page_offset && meta.dictionary_page_offset > meta.data_page_offset) throw damaged();
    }
  }
  if (!(values <= most && rows <= most) || rows !== Number(num_rows)) throw tooMany();
}

/** The columns that hold values, by their paths, each with what lies on its path from the root of the schema. */
function columnsOf(metadata: FileMetaData): ReadonlyMap<string, readonly SchemaElement[]> {
  const columns = new Map<string, readonly SchemaElement[]>();
  const add = ({ children, element, path }: SchemaTree, above: readonly SchemaElement[]): void => {
    const elements = [...above, element];
    if (children.length > 0) for (const child of children) add(child, elements);
    else columns.set(nameOf(path), elements);
  };
  add(parquetSchema(metadata), []);
  return columns;
}

/** No name holds this. */
const nameOf = (path: readonly string[]): string => path.join('\0');

/** Each group has each column once: what the schema does not name the library would read and nobody wait for. */
function requireColumns(chunks: readonly ColumnChunk[], columns: ReadonlyMap<string, unknown>): void {
  const names = new Set(chunks.map(({ meta_data: meta }) => meta && nameOf(meta.path_in_schema)));
  const isWhole = chunks.length === columns.size && [...columns.keys()].every((name) => names.has(name));
  if (!isWhole) throw damaged();
}

/**
 * A file of which only what it has is read, and in which every page is looked at before the library gets it. What is
 * refused is noted and read as nothing: a rejection would be told once more by each column that nobody waits for.
 */
export interface CheckedSource extends AsyncBuffer {
  readonly refused: OutOfFile | null;
  /** Looks at a page that was unpacked from these bytes of the file. @throws OutOfFile */
  requireUnpacked(packed: Uint8Array, page: Uint8Array): void;
}

/** @param metadata null while it is not read */
export function checkedSource(blob: Blob, metadata: () => FileMetaData | null): CheckedSource {
  let refused: OutOfFile | null = null;
  const parts = new WeakMap<ArrayBufferLike, { readonly pages: PackedPages; readonly from: number }>();
  /** The library cuts a part into columns, whose copies are to be known too. */
  const known = (part: ArrayBuffer, pages: PackedPages, from = 0): ArrayBuffer => {
    parts.set(part, { pages, from });
    const slice: ArrayBuffer['slice'] = (start = 0, end) =>
      known(ArrayBuffer.prototype.slice.call(part, start, end), pages, from + start);
    return Object.assign(part, { slice });
  };
  return {
    byteLength: blob.size,
    get refused() {
      return refused;
    },
    requireUnpacked(packed, page) {
      const part = parts.get(packed.buffer);
      if (!part) throw new Error('a page of no known part');
      const runs = part.pages.get(part.from + packed.byteOffset);
      if (runs) requireRuns(page, runs);
    },
    slice(start, end = blob.size) {
      const checked = async () => {
        const isInside = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end <= blob.size;
        if (!isInside || end < start) throw beyondEnd();
        const bytes = await blob.slice(start, end).arrayBuffer();
        const read = metadata();
        return read ? known(bytes, requirePages(read, new DataView(bytes), start, blob.size)) : bytes;
      };
      return checked().catch((cause: unknown) => {
        if (!(cause instanceof OutOfFile)) throw cause;
        refused ??= cause;
        return new ArrayBuffer(0);
      });
    },
  };
}

/** Pages that are yet to be unpacked, by the place of their packed values in a part of the file. */
type PackedPages = Map<number, PageOfRuns>;

/** Looks at the pages of the columns that lie in a part of the file. @throws OutOfFile */
function requirePages(metadata: FileMetaData, view: DataView, start: number, size: number): PackedPages {
  const packed: PackedPages = new Map();
  const leaves = columnsOf(metadata);
  for (const { columns } of metadata.row_groups)
    for (const { meta_data: meta } of columns) {
      if (!meta) continue;
      const from = Number(meta.dictionary_page_offset || meta.data_page_offset) - start;
      const to = from + Number(meta.total_compressed_size);
      if (from < 0 || to > view.byteLength) continue;
      requireColumn({ view, from, to, meta, levels: levelsOf(leaves.get(nameOf(meta.path_in_schema))!), size }, packed);
    }
  return packed;
}

/** Fields of a page's header in Thrift, of which one says what the page is. */
const [dataPage, dictionaryPage, dataPageOfVersion2] = [5, 7, 8];
/** PLAIN_DICTIONARY and RLE_DICTIONARY. */
const dictionaryEncodings = new Set([2, 8]);

interface ColumnBytes {
  readonly view: DataView;
  readonly from: number;
  readonly to: number;
  readonly meta: ColumnMetaData;
  readonly levels: readonly number[];
  /** Of the file. */
  readonly size: number;
}

function requireColumn({ view, from, to, meta, levels, size }: ColumnBytes, packed: PackedPages): void {
  const reader = new ThriftReader(view, from);
  let values = 0;
  let hasDictionary = false;
  while (reader.at < to - 1) {
    const header = reader.struct();
    const [unpackedBytes, bytes] = [numberIn(header, 2), numberIn(header, 3)];
    const isSized = bytes >= 0 && unpackedBytes >= 0 && reader.at + bytes <= view.byteLength;
    if (!isSized) throw beyondEnd();
    if (unpackedBytes > pageBytesOfAny + pageBytesPerByte * bytes) throw tooMany();
    for (const kind of [dataPage, dictionaryPage, dataPageOfVersion2]) {
      const page = header.get(kind);
      if (!(page instanceof Map)) continue;
      const count = numberIn(page, 1);
      if (!(count >= 0 && count <= valuesOfAnyFile + valuesPerByte * size)) throw tooMany();
      if (kind === dictionaryPage) {
        hasDictionary = true;
        continue;
      }
      values += count;
      const version = kind === dataPage ? 1 : 2;
      const encoding = numberIn(page, version === 1 ? 2 : 4);
      // Without its dictionary the library takes the places in it for the values.
      if (!hasDictionary && dictionaryEncodings.has(encoding)) throw damaged();
      const runs: PageOfRuns = { version, values: count, encoding, isBoolean: meta.type === 'BOOLEAN', levels };
      // Of repetition and of definition.
      const lengths = version === 1 ? [0, 0] : [numberIn(page, 6), numberIn(page, 5)];
      // Without them the library would look for them in the page.
      if (!lengths.every((length) => length >= 0)) throw damaged();
      if (version === 2) requireLevels(view, reader.at, runs, lengths);
      const at = reader.at + lengths[0]! + lengths[1]!;
      const isPlain = meta.codec === 'UNCOMPRESSED' || (version === 2 && page.get(7) === false);
      if (isPlain && at <= reader.at + bytes)
        requireRuns(new Uint8Array(view.buffer, view.byteOffset + at, reader.at + bytes - at), runs);
      else packed.set(view.byteOffset + at, runs);
    }
    if (values > Number(meta.num_values)) throw tooMany();
    reader.at += bytes;
  }
}
