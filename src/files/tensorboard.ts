import { type Bytes, joinBytes } from './source.ts';

/** One value of a TensorBoard scalar chart. */
export interface Scalar {
  /** Name of the chart, such as `train/loss`. */
  readonly tag: string;
  readonly step: number;
  readonly value: number;
  /** Seconds since 1970. */
  readonly time: number;
}

/**
 * A TensorBoard event file (`events.out.tfevents.…`): TFRecords of `Event` messages with a simple value each, as
 * TensorFlow's and PyTorch's summary writers make them. Values that are no numbers are left out.
 */
export function eventFile(scalars: readonly Scalar[], started: number): Bytes {
  const finite = scalars.filter(({ value }) => Number.isFinite(value));
  const version = [...doubleField(1, started), ...textField(3, 'brain.Event:2')];
  return joinBytes([record(version), ...finite.map((scalar) => record(scalarEvent(scalar)))]);
}

/** Event { double wall_time = 1; int64 step = 2; Summary summary = 5 { Value value = 1 { tag = 1; simple_value = 2 } } } */
function scalarEvent({ tag, step, value, time }: Scalar): number[] {
  const content = [...textField(1, tag), ...floatField(2, value)];
  const summary = bytesField(1, content);
  const stepField = step === 0 ? [] : [key(2, 0), ...varint(step)];
  return [...doubleField(1, time), ...stepField, ...bytesField(5, summary)];
}

/** Length and its checksum, the data and its checksum. */
function record(data: readonly number[]): Bytes {
  const bytes = new Uint8Array(16 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length, true);
  view.setUint32(8, maskedCrc(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc(bytes.subarray(12, 12 + data.length)), true);
  return bytes;
}

const key = (field: number, wireType: number): number => (field << 3) | wireType;

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

const bytesField = (field: number, bytes: readonly number[]): number[] => [
  key(field, 2),
  ...varint(bytes.length),
  ...bytes,
];

const textField = (field: number, text: string): number[] => bytesField(field, [...new TextEncoder().encode(text)]);

const doubleField = (field: number, value: number): number[] => [
  key(field, 1),
  ...new Uint8Array(Float64Array.of(value).buffer),
];

const floatField = (field: number, value: number): number[] => [
  key(field, 5),
  ...new Uint8Array(Float32Array.of(value).buffer),
];

/** CRC-32C (Castagnoli), turned and moved as TFRecord stores it, so that records may hold checksums themselves. */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
