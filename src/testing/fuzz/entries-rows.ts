import { readTable } from '../../data/read-table.ts';
import { modelFromConfig } from '../../models/registry.ts';
import { taskOf } from '../../tasks/registry.ts';
import { createTokenizer, type TokenizerFiles } from '../../text/tokenizer.ts';
import { parseRunConfig } from '../../training/config/run-config.ts';
import { tinyLlama } from '../tiny-llama.ts';
import type { Entry } from './entries.ts';
import { ofJson, seedFile, textOf } from './makers.ts';

const bert = {
  ...{ model_type: 'bert', vocab_size: 300, hidden_size: 16, num_attention_heads: 2, num_hidden_layers: 1 },
  max_position_embeddings: 128,
};

const many = (row: (index: number) => object) => Array.from({ length: 6 }, (_, index) => row(index));

type Dataset = { readonly problem_type: string; readonly [key: string]: unknown };

/** Rows of each task, and the settings of their columns. */
const tables: Readonly<Record<string, readonly ['writer' | 'encoder', Dataset, readonly object[]]>> = {
  instruction: [
    'writer',
    { problem_type: 'instruction', prompt_column: ['q'], answer_column: 'a' },
    many((row) => ({ q: `Why ${row}?`, a: 'So.' })),
  ],
  'instruction-chat': [
    'writer',
    { problem_type: 'instruction', prompt_template: 'chat', messages_column: 'm' },
    many(() => ({
      m: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
        { role: 'user', content: 'So?' },
        { role: 'assistant', content: 'Yes' },
      ],
    })),
  ],
  'instruction-turns': [
    'writer',
    {
      problem_type: 'instruction',
      prompt_column: ['q'],
      answer_column: 'a',
      parent_id_column: 'up',
      drop_duplicates: true,
    },
    many((row) => ({ q: 'And?', a: `Then ${row}`, id: row, up: row % 3 === 0 ? null : row - 1 })),
  ],
  preference: [
    'writer',
    { problem_type: 'preference', prompt_column: [], rejected_answer_column: 'b' },
    many((row) => ({ a: `So ${row}`, b: 'Sort of' })),
  ],
  'judged-answers': [
    'writer',
    { problem_type: 'judged-answers', label_column: 'l' },
    many((row) => ({ q: 'Why?', a: `So ${row}`, l: row % 2 === 0 })),
  ],
  classification: [
    'encoder',
    { problem_type: 'classification', text_pair_column: 'p' },
    many((row) => ({ q: 'hello', p: `world ${row}`, a: ['yes', 'no'][row % 2] })),
  ],
  'classification-several': [
    'encoder',
    { problem_type: 'classification' },
    many((row) => ({ q: `hello ${row}`, a: ['x,y', 'y;z', 'x'][row % 3] })),
  ],
  'token-classification': [
    'encoder',
    { problem_type: 'token-classification' },
    many(() => ({ q: ['hello', 'world'], a: ['B-X', 'O'] })),
  ],
  'token-classification-spans': [
    'encoder',
    { problem_type: 'token-classification' },
    many(() => ({
      q: 'hello world',
      a: [
        [0, 5, 'X'],
        [6, 11, 'B-Y'],
      ],
    })),
  ],
  'masked-language-modeling': [
    'encoder',
    { problem_type: 'masked-language-modeling' },
    many((row) => ({ a: `hello world ${row}` })),
  ],
  'sentence-embeddings': [
    'encoder',
    { problem_type: 'sentence-embeddings' },
    many((row) => ({ q: `hello ${row}`, a: 'world' })),
  ],
  'sentence-similarity': [
    'encoder',
    { problem_type: 'sentence-similarity', prompt_column: ['q', 'p'] },
    many((row) => ({ q: 'hello', p: `world ${row}`, a: row / 6 })),
  ],
};

const json = (path: string) => JSON.parse(textOf(seedFile(path)));
const own = (name: string) => json(`../public/example/model/${name}`);

function tokenizers() {
  const { files }: { files: TokenizerFiles } = json('text/golden/bert-kind.json');
  const ends = { type: 'BertProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2] };
  return {
    writer: createTokenizer({
      tokenizerJson: own('tokenizer.json'),
      tokenizerConfig: own('tokenizer_config.json'),
    }),
    encoder: createTokenizer({ ...files, tokenizerJson: { ...(files.tokenizerJson as object), post_processor: ends } }),
  };
}

/** As a run reads its rows, up to their batches. */
export async function entries(): Promise<readonly Entry[]> {
  const tokenizer = tokenizers();
  return Object.entries(tables).map(([name, [kind, dataset, rows]]) => {
    const config = parseRunConfig({
      dataset: { prompt_column: ['q'], answer_column: 'a', validation_size: 0.3, ...dataset },
      training: {
        batch_size: 2,
        ...(name === 'classification-several' ? { loss_function: 'BinaryCrossEntropy' } : {}),
      },
      tokenizer: { max_length: 48 },
      environment: { seed: 1 },
    });
    return ofJson(`rows-${name}`, [rows], async (_, text) => {
      const training = await readTable(text, { fileName: 'x.json' });
      const published = modelFromConfig(kind === 'writer' ? tinyLlama : bert);
      const lesson = taskOf(config).open({ tables: { training }, tokenizer: tokenizer[kind] }, config, published);
      lesson.classes();
      const fitted = lesson.fit(modelFromConfig(published.config, lesson.head), null, config);
      fitted.firstRows(3);
      const { train, fingerprint } = fitted.prepare();
      train.windowAt(0, 0);
      return fingerprint;
    });
  });
}
