import { expect, test } from 'vitest';
import { distanceBuckets } from './mpnet.ts';
import { modelFromConfig } from './registry.ts';

test('buckets of distances are those of transformers', () => {
  // The distances of a query from a key at which relative_position_bucket of transformers 5.18 begins a new bucket.
  const buckets = distanceBuckets(512);
  const distances = Array.from({ length: 1022 }, (_, place) => place - 510);
  const begins = distances.filter((distance) => buckets[distance + 511] !== buckets[distance + 510]);
  const before = [-90, -63, -45, -31, -22, -15, -11, -7, -6, -5, -4, -3, -2, -1];
  expect(begins).toEqual([...before, 0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91]);
  expect([buckets[0], buckets[510], buckets[511], buckets[1022]]).toEqual([31, 17, 0, 15]);
});

test('another number of buckets is refused: transformers would not use it', () => {
  const config = { model_type: 'mpnet', vocab_size: 11, hidden_size: 12, num_attention_heads: 3, intermediate_size: 8 };
  expect(() => modelFromConfig({ ...config, relative_attention_num_buckets: 32 })).not.toThrow();
  expect(() => modelFromConfig({ ...config, relative_attention_num_buckets: 64 })).toThrow(
    'relative_attention_num_buckets',
  );
});
