import { expect, test } from 'vitest';
import { requireTextModel } from '../../models/model.ts';
import { modelFromConfig } from '../../models/registry.ts';
import { rangeFeeds } from './inputs.ts';

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
