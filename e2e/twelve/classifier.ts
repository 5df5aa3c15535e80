/**
 * A classifier to be: a small BERT with random weights, whose words are those of the twelve tables. It knows nothing, so
 * that what it says after a run it has learned there.
 */
import { readFileSync } from 'node:fs';
import { randomSource } from '../../src/data/shuffle.ts';
import { writeSafetensors } from '../../src/files/safetensors-write.ts';
import { encoderParameters, readBertConfig } from '../../src/models/bert.ts';
import type { Table } from './tables.ts';

interface NamedFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

const deviation = 0.1;

/** The files of the model, as a file dialog gives them. */
export function tinyClassifier(tables: readonly Table[]): NamedFile[] {
  const vocabulary = vocabularyOf(tables);
  const config = {
    ...{
      model_type: 'bert',
      architectures: ['BertModel'],
      vocab_size: vocabulary.length,
      max_position_embeddings: 256,
    },
    ...{ hidden_size: 64, num_hidden_layers: 2, num_attention_heads: 4, intermediate_size: 128 },
    ...{ initializer_range: deviation, hidden_dropout_prob: 0, attention_probs_dropout_prob: 0, pad_token_id: 0 },
  };
  const normal = normalSource(1);
  const tensors = encoderParameters('bert', readBertConfig(config)).all.map(({ name, shape, role }) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const start = name.endsWith('.bias') ? () => 0 : role === 'norm' ? () => 1 : () => deviation * normal();
    return { name, shape, dtype: 'F32' as const, data: Float32Array.from({ length: size }, start) };
  });
  return [
    json('config.json', config),
    json('tokenizer.json', tokenizerOf(vocabulary)),
    {
      name: 'tokenizer_config.json',
      mimeType: 'application/json',
      buffer: readFileSync(golden('tokenizer_config.json')),
    },
    {
      name: 'model.safetensors',
      mimeType: 'application/octet-stream',
      buffer: Buffer.from(writeSafetensors(tensors, { format: 'pt' })),
    },
  ];
}

const golden = (name: string): URL => new URL(`../../interop/golden/bert-lora/${name}`, import.meta.url);

const json = (name: string, value: unknown): NamedFile => ({
  ...{ name, mimeType: 'application/json' },
  buffer: Buffer.from(JSON.stringify(value)),
});

function tokenizerOf(vocabulary: readonly string[]): object {
  const tokenizer = JSON.parse(readFileSync(golden('tokenizer.json'), 'utf8'));
  const vocab = Object.fromEntries(vocabulary.map((token, id) => [token, id]));
  return { ...tokenizer, model: { ...tokenizer.model, vocab } };
}

/** Whole words of Latin letters, and every other character alone: as the normalizer leaves them, without accents. */
function vocabularyOf(tables: readonly Table[]): string[] {
  const text = tables.flatMap(({ rows }) => rows.flatMap(({ turns }) => turns.map(([question]) => question))).join(' ');
  const plain = text
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '');
  const pieces = new Set([...plain].filter((character) => /\S/.test(character)).flatMap((one) => [one, `##${one}`]));
  for (const [word] of plain.matchAll(/[a-z]+/g)) pieces.add(word);
  return ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...[...pieces].sort()];
}

/** Normal deviates (Box and Muller). */
function normalSource(seed: number): () => number {
  const source = randomSource(seed);
  const uniform = () => (source() + 1) / 2 ** 32;
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
