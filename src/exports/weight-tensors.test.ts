import { expect, test } from 'vitest';
import { blobFiles } from '../files/blob-files.ts';
import { f32ToBytes } from '../files/half.ts';
import { openSafetensors } from '../files/safetensors.ts';
import { writeSafetensors } from '../files/safetensors-write.ts';
import type { Base } from './target.ts';
import { publishedRows } from './weight-tensors.ts';

test.each(['F32', 'F16', 'BF16'] as const)(
  'rows of a small tensor of %s take no more memory than they need',
  async (dtype) => {
    const values = Float32Array.from({ length: 15 }, (_, i) => i - 7);
    const file = writeSafetensors([{ name: 'w', dtype, shape: [3, 5], data: f32ToBytes(values, dtype) }]);
    const weights = await openSafetensors(
      blobFiles(new Map([['model.safetensors', new Blob([file])]])),
      'model.safetensors',
    );
    const base = { weights, tensorOf: (name: string) => name } as Base;
    const read: number[] = [];
    for await (const rows of publishedRows(base, 'w', 5)) {
      expect(rows.buffer.byteLength).toBe(60);
      read.push(...rows);
    }
    expect(read).toEqual([...values]);
  },
);
