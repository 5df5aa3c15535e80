/** What a GGUF file of a model with a head of labels says, and llama.cpp reads. */
import { u32 } from '../../files/gguf-types.ts';
import type { JsonObject } from '../../models/config-reader.ts';
import type { Entries } from './family.ts';
import type { MetadataReader } from './metadata-reader.ts';

/** The key for the names of its outputs, of which there are as many, after its architecture. */
export const labelsKey = 'classifier.output_labels';

const poolingKey = 'pooling_type';
/** LLAMA_POOLING_TYPE_RANK: a text is pooled, and goes through the head. */
const rank = 4;

export const pooledByHead: Entries = [[poolingKey, u32(rank)]];

export const isPooledByHead = (from: MetadataReader): boolean => from.optional(poolingKey) === rank;

/** @param architecture transformers' class */
export const labelledConfig = (from: MetadataReader, architecture: string): JsonObject => ({
  architectures: [architecture],
  id2label: Object.fromEntries(from.texts(labelsKey).map((name, index) => [index, name])),
});
