import type { Directory } from './directory.ts';
import { decodeText } from './source.ts';

/** One small file of plain data in a directory that is opened when it is first needed. */
export function jsonFile(directory: () => Promise<Directory>, path: string) {
  return {
    /** @throws AppError 'file-missing', SyntaxError */
    load: async (): Promise<unknown> => JSON.parse(decodeText(await (await directory()).read(path))),
    save: async (value: unknown): Promise<void> =>
      (await directory()).write(path, [new TextEncoder().encode(JSON.stringify(value))]),
  };
}
