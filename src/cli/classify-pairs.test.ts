/** What `studio classify` says of two texts with a model that embeds them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { classify } from './classify.ts';

const model = fileURLToPath(new URL('../../interop/golden/bert-similarity-full/', import.meta.url));

async function answers(...asked: readonly string[]) {
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  await classify(['--model', model, ...asked, '--executor', 'tfjs-cpu', '--json']).finally(() => log.mockRestore());
  return lines.map((line) => JSON.parse(line).alike as { texts: string[]; cosines: number[][] });
}

test('an embedder compares the two texts of each pair, and all lines of a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-classify-'));
  const file = join(folder, 'pairs.txt');
  await writeFile(file, 'a cat\ta dog\na house\ta tree\n');
  try {
    const [single] = await answers('--text', 'a cat', '--pair', 'a dog');
    expect(single!.texts).toEqual(['a cat', 'a dog']);
    const pairs = await answers('--file', file, '--pairs');
    expect(pairs.map(({ texts }) => texts)).toEqual([
      ['a cat', 'a dog'],
      ['a house', 'a tree'],
    ]);
    expect(pairs[0]!.cosines[0]![1]).toBeCloseTo(single!.cosines[0]![1]!, 5);
    await writeFile(file, 'a cat\na dog\na tree\n');
    const [lines] = await answers('--file', file);
    expect(lines!.texts).toEqual(['a cat', 'a dog', 'a tree']);
    expect(lines!.cosines[0]![1]).toBeCloseTo(single!.cosines[0]![1]!, 5);
  } finally {
    await rm(folder, { recursive: true });
  }
});
