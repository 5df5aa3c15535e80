import { expect, test } from 'vitest';
import { maskedLabel } from '../../data/examples.ts';
import { requireTextModel } from '../../models/model.ts';
import { modelFromConfig } from '../../models/registry.ts';
import { rangeFeeds, textFeeds } from './inputs.ts';

const roberta = requireTextModel(
  modelFromConfig(
    {
      ...{ model_type: 'roberta', vocab_size: 16, hidden_size: 8, intermediate_size: 12, num_hidden_layers: 1 },
      ...{ num_attention_heads: 2, max_position_embeddings: 12, pad_token_id: 3 },
    },
    { outputs: 2, problem: 'single_label_classification', names: [] },
  ),
);

// transformers' create_position_ids_from_input_ids, less the 4 rows before the first place.
test('a padding token within a text has no place of its own in RoBERTa, and the next one takes it', () => {
  const rows = { batchSize: 2, length: 5, lengths: [[5], [3]], ids: Int32Array.of(0, 3, 5, 3, 7, 0, 5, 7, 3, 3) };
  expect([...rangeFeeds(roberta, rows).positions!]).toEqual([0, -1, 1, -1, 2, 0, 1, 2, -1, -1]);
});

test('the mean of each text that has a label is over its own places, of packed texts too', () => {
  const [none, batchSize, length] = [maskedLabel, 2, 5];
  const labels = Int32Array.of(1, none, 0, none, none, 2, none, none, none, none);
  const lengths = [[2, 3], [4]];
  const batch = {
    batchSize,
    length,
    lengths,
    labels,
    ids: new Int32Array(10),
    rows: [[0, 1], [2]],
    scoredTokens: 3,
    tokens: 9,
  };
  const { textShares, labels: read } = textFeeds(roberta, batch, {
    wanted: new Map([
      ['textShares', 40],
      ['labels', 4],
    ]),
    virtual: undefined,
  });
  const third = Math.fround(1 / 3);
  expect([...read!]).toEqual([1, 0, 2, none]);
  expect([...textShares!]).toEqual([
    ...[0.5, 0.5, 0, 0, 0, 0, 0, 0, 0, 0],
    ...[0, 0, third, third, third, 0, 0, 0, 0, 0],
    ...[0, 0, 0, 0, 0, 0.25, 0.25, 0.25, 0.25, 0],
    ...Array<number>(10).fill(0),
  ]);
});
