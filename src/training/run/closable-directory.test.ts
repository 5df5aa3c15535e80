import { expect, test } from 'vitest';
import { readText, writeText } from '../../files/directory.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { closableDirectory } from './closable-directory.ts';

test('nothing is written into a run through a hand that was closed, not even the end of a file begun before', async () => {
  const disk = memoryDirectory();
  const { open, close } = closableDirectory(disk);
  await writeText(open, 'metrics.jsonl', 'one\n');
  let goOn = () => {};
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  async function* slowly() {
    yield new Uint8Array(4);
    await gate;
  }
  const writing = open.write('checkpoint', slowly());
  const closed = close();
  // The part that does not come is not waited for.
  await expect(writing).rejects.toThrow('elsewhere');
  await closed;
  goOn();
  await expect(open.append('metrics.jsonl', new Uint8Array(1))).rejects.toThrow('elsewhere');
  await expect(open.remove('metrics.jsonl')).rejects.toThrow('elsewhere');
  expect(await readText(disk, 'metrics.jsonl')).toBe('one\n');
  expect(await disk.exists('checkpoint')).toBe(false);
  expect(await readText(open, 'metrics.jsonl')).toBe('one\n');
});
