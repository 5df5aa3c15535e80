import { Sha256, sha256 } from '../../files/sha256.ts';
import { Breath } from '../../training/session/breath.ts';
import type { OpenedPictures, OpenedTable } from './opened-table.ts';

/** Characters hashed at once. */
const piece = 1 << 16;

/**
 * SHA-256 of what a table says: its columns and rows, each as a line of JSON, whatever file they came from; of pictures
 * their files with the label of each, in their order.
 * @returns 64 hexadecimal digits
 */
export function tableHash({ table, pictures }: OpenedTable): Promise<string> {
  return pictures ? hashOf(pictureLines(pictures)) : hashOf(lines([table.columns, ...table.rows]));
}

async function hashOf(lines: AsyncIterable<string>): Promise<string> {
  const hash = new Sha256();
  const encoder = new TextEncoder();
  const breath = new Breath(() => performance.now());
  let waiting = '';
  for await (const line of lines) {
    waiting += `${line}\n`;
    if (waiting.length < piece) continue;
    hash.update(encoder.encode(waiting));
    waiting = '';
    await breath.take();
  }
  return hash.update(encoder.encode(waiting)).hex();
}

async function* lines(rows: Iterable<readonly string[]>): AsyncGenerator<string> {
  for (const row of rows) yield JSON.stringify(row);
}

async function* pictureLines({ files, named }: OpenedPictures): AsyncGenerator<string> {
  for (const { path, label } of named) yield JSON.stringify([sha256(await files.read(path)), label]);
}
