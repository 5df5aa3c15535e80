/** For tests: files as torch.save writes them, built instruction by instruction. */
import { strToU8, zipSync } from 'fflate';

/** Pickle instructions, written as Python writes them. */
export const latin = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
export const u32 = (value: number) => String.fromCharCode(...[0, 8, 16, 24].map((shift) => (value >>> shift) & 255));
export const text = (value: string) => `X${u32(value.length)}${value}`;
export const int = (value: number) => `J${u32(value)}`;
export const tuple = (...items: string[]) => `(${items.join('')}t`;
export const storage = ({ type = 'FloatStorage', key = '0', count = 4 } = {}) =>
  `${tuple(text('storage'), `ctorch\n${type}\n`, text(key), text('cpu'), int(count))}Q`;
export const tensor = (parts: { storage?: string; offset?: number; shape?: number[]; stride?: number[] } = {}) => {
  const { offset = 0, shape = [2, 2], stride = [2, 1] } = parts;
  const sizes = [shape, stride].map((list) => tuple(...list.map(int)));
  return `ctorch._utils\n_rebuild_tensor_v2\n${tuple(parts.storage ?? storage(), int(offset), ...sizes, '\x89', '}')}R`;
};
export const stateDict = (value: string) => `\x80\x02}${text('w')}${value}s.`;
export const archive = (
  pickle: string | Uint8Array,
  options: { level?: 0 | 6; data?: Uint8Array; byteOrder?: string } = {},
) => {
  const { level = 0, data = new Uint8Array(16), byteOrder = 'little' } = options;
  const entries = {
    'm/data.pkl': typeof pickle === 'string' ? latin(pickle) : pickle,
    'm/byteorder': strToU8(byteOrder),
    'm/data/0': data,
  };
  return new Uint8Array(zipSync(entries, { level }));
};
