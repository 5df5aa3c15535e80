/** What Arrow says of a Parquet file's columns beyond Parquet's own types: which of them are spans of time. */
import type { FileMetaData } from 'hyparquet';

/** Nanoseconds of Arrow's `TimeUnit`: seconds, milliseconds, microseconds, nanoseconds. */
const timeUnits = [1_000_000_000n, 1_000_000n, 1000n, 1n];

/** `Type.Duration` of Arrow's Schema.fbs. */
const duration = 18;

/**
 * Nanoseconds of a unit of each top-level column that holds spans of time (pandas' timedelta64), by name. Parquet has no
 * such type and keeps whole numbers; pyarrow writes the Arrow schema beside them, as an encapsulated message in base64.
 */
export function durationUnits({ key_value_metadata: pairs = [] }: FileMetaData): ReadonlyMap<string, bigint> {
  const message = pairs.find(({ key }) => key === 'ARROW:schema')?.value;
  const units = new Map<string, bigint>();
  if (!message) return units;
  const view = new DataView(Uint8Array.from(atob(message), (character) => character.charCodeAt(0)).buffer);
  // Before Arrow 0.15 the length was not preceded by four bytes of ones.
  const root = view.getUint32(0, true) === 0xffffffff ? 8 : 4;
  const schema = tableAt(view, fieldOf(view, root + view.getUint32(root, true), 2));
  const fields = tableAt(view, fieldOf(view, schema, 1));
  if (fields === undefined) return units;
  for (let index = 0; index < view.getUint32(fields, true); index++) {
    const field = tableAt(view, fields + 4 * (index + 1))!;
    const kind = fieldOf(view, field, 2);
    if (kind === undefined || view.getUint8(kind) !== duration) continue;
    const unit = fieldOf(view, tableAt(view, fieldOf(view, field, 3)), 0);
    // A flatbuffer leaves out what has its default value, which is milliseconds here.
    units.set(textAt(view, tableAt(view, fieldOf(view, field, 0))!), timeUnits[unit ? view.getInt16(unit, true) : 1]!);
  }
  return units;
}

/** Where a table's field lies; undefined where it has its default. */
function fieldOf(view: DataView, table: number | undefined, field: number): number | undefined {
  if (table === undefined) return undefined;
  const layout = table - view.getInt32(table, true);
  const at = 4 + 2 * field;
  const offset = at < view.getUint16(layout, true) ? view.getUint16(layout + at, true) : 0;
  return offset === 0 ? undefined : table + offset;
}

/** What an offset refers to: a table, a list or a text. */
const tableAt = (view: DataView, at: number | undefined): number | undefined =>
  at === undefined ? undefined : at + view.getUint32(at, true);

const textAt = (view: DataView, at: number): string =>
  new TextDecoder().decode(new Uint8Array(view.buffer, at + 4, view.getUint32(at, true)));
