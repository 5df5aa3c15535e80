import { AppError } from '../errors.ts';
import { type ModelFiles, readJson } from '../files/source.ts';
import type { TokenizerFiles } from './tokenizer.ts';

/** What a tokenizer is made from: plain data, so that other threads can make one too. @throws AppError 'tokenizer-missing', 'config-invalid' */
export async function readTokenizerFiles(files: ModelFiles): Promise<TokenizerFiles> {
  const text = async (path: string) => ((await files.has(path)) ? files.text(path) : undefined);
  const tokenizerJson = await text('tokenizer.json');
  const sentencePiece = tokenizerJson === undefined ? await readSentencePiece(files) : null;
  const isOlder = tokenizerJson === undefined && !sentencePiece;
  const [vocabularyJson, vocabularyText] = isOlder ? [await text('vocab.json'), await text('vocab.txt')] : [];
  if (isOlder && vocabularyJson === undefined && vocabularyText === undefined) throw new AppError('tokenizer-missing');
  const config = (await readJson(files, 'config.json')) as {
    eos_token_id?: unknown;
    vocab_size?: unknown;
    model_type?: unknown;
    /** Of a model for several kinds of input. */
    text_config?: { eos_token_id?: unknown; vocab_size?: unknown } | null;
  };
  const { eos_token_id: ownEos, vocab_size: vocabulary } = { ...config.text_config, ...config };
  const generation = (await files.has('generation_config.json')) ? await readJson(files, 'generation_config.json') : {};
  // The ids of generation may be several, of which the first ends a text; the others end turns.
  const eos = [ownEos ?? (generation as { eos_token_id?: unknown } | null)?.eos_token_id].flat()[0];
  return {
    tokenizerJson,
    sentencePiece,
    vocabularyJson,
    vocabularyText: vocabularyText ?? null,
    merges: (isOlder ? await text('merges.txt') : null) ?? null,
    addedTokens: tokenizerJson === undefined ? await text('added_tokens.json') : undefined,
    tokenizerConfig: await text('tokenizer_config.json'),
    specialTokensMap: await text('special_tokens_map.json'),
    chatTemplate: (await text('chat_template.jinja')) ?? null,
    eosTokenId: typeof eos === 'number' ? eos : null,
    modelVocabularySize: typeof vocabulary === 'number' ? vocabulary : null,
    modelType: typeof config.model_type === 'string' ? config.model_type : null,
  };
}

async function readSentencePiece(files: ModelFiles): Promise<Uint8Array | null> {
  for (const path of ['tokenizer.model', 'spiece.model']) if (await files.has(path)) return files.read(path);
  return null;
}
