import { describe, expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import { distanceRows } from './deberta.ts';
import { modelFromConfig } from './registry.ts';

describe('the rows of distances', () => {
  test('are those of transformers where buckets grow with the distance', () => {
    // The distances at which make_log_bucket_position of transformers 5.18 begins a new bucket: 256 of 512, as DeBERTa-v3.
    const rows = distanceRows({ span: 256, buckets: 256, reach: 512 }, 512);
    const begins = Array.from({ length: 511 }, (_, at) => at + 1).filter((at) => rows[511 + at] !== rows[510 + at]);
    expect(begins.filter((at) => at > 128)).toEqual([
      129, 130, 131, 133, 134, 136, 137, 139, 140, 142, 143, 145, 146, 148, 150, 151, 153, 155, 156, 158, 160, 161, 163,
      165, 167, 169, 170, 172, 174, 176, 178, 180, 182, 184, 186, 188, 190, 192, 194, 196, 198, 201, 203, 205, 207, 210,
      212, 214, 216, 219, 221, 224, 226, 229, 231, 234, 236, 239, 241, 244, 247, 249, 252, 255, 258, 260, 263, 266, 269,
      272, 275, 278, 281, 284, 287, 290, 294, 297, 300, 303, 307, 310, 313, 317, 320, 324, 327, 331, 335, 338, 342, 346,
      349, 353, 357, 361, 365, 369, 373, 377, 381, 385, 390, 394, 398, 403, 407, 411, 416, 420, 425, 430, 434, 439, 444,
      449, 454, 459, 464, 469, 474, 479, 484, 490, 495, 500, 506,
    ]);
    expect([rows[0], rows[511], rows[1022]]).toEqual([1, 256, 511]);
  });

  test('are one for each distance without buckets, the farthest joined', () => {
    expect([...distanceRows({ span: 3, reach: 3 }, 5)]).toEqual([0, 0, 1, 2, 3, 4, 5, 5, 5]);
  });
});

const known = {
  ...{ model_type: 'deberta-v2', vocab_size: 11, hidden_size: 12, num_attention_heads: 3, num_hidden_layers: 1 },
  ...{ intermediate_size: 10, relative_attention: true, pos_att_type: 'p2c|c2p', position_buckets: 8 },
};

test.each([
  ['relative_attention', { relative_attention: false }],
  ['pos_att_type', { pos_att_type: ['c2p'] }],
  ['pos_att_type', { pos_att_type: null }],
  ['conv_kernel_size', { conv_kernel_size: 3 }],
  ['pooler_hidden_size', { pooler_hidden_size: 8 }],
  ['attention_head_size', { attention_head_size: 5 }],
  ['position_buckets', { position_buckets: 8, max_relative_positions: 4 }],
  ['position_buckets', { position_buckets: 2.5 }],
])('a config is refused by the name of what is not supported: %s', (key, change) => {
  expect(() => modelFromConfig(known)).not.toThrow();
  let refusal: unknown;
  try {
    modelFromConfig({ ...known, ...change });
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(AppError);
  expect((refusal as AppError).message).toContain(key);
});
