/** What a SentencePiece model is called, the first of them that a model has. */
export const sentencePieceFiles = ['tokenizer.model', 'spiece.model', 'spm.model', 'sentencepiece.bpe.model'] as const;

/** What sentence-transformers calls the file about an encoder, by its type; it reads the first of them that is there. */
export const sentenceConfigFiles = ['bert', 'roberta', 'distilbert', 'camembert', 'albert', 'xlm-roberta', 'xlnet'].map(
  (type) => `sentence_${type}_config.json`,
);

const companions = new Set(
  'config generation_config tokenizer preprocessor_config tokenizer_config special_tokens_map added_tokens vocab adapter_config'
    .split(' ')
    .map((name) => `${name}.json`)
    .concat('merges.txt', 'vocab.txt', ...sentencePieceFiles, 'chat_template.jinja')
    .concat('modules.json', ...sentenceConfigFiles, 'config_sentence_transformers.json')
    .concat('adapter_model.safetensors'),
);

/** Where sentence-transformers says how a vector is read: in a folder that `modules.json` names, mostly `1_Pooling`. */
const isPooling = (path: string): boolean => /^[^/]+\/config\.json$/.test(path);

export const isGguf = (path: string): boolean => /\.gguf$/i.test(path);

/** Of a folder's GGUF files those that hold a whole model: no projector of pictures (mmproj), no part of several. */
export const ggufModels = (paths: readonly string[]): string[] =>
  paths.filter((path) => isGguf(path) && !/(^|\/)mmproj|-\d{5}-of-\d{5}\.gguf$/i.test(path));

/** Whether weights lie there as transformers has them. */
export const hasWeights = (paths: readonly string[]): boolean =>
  paths.some((path) => /^[^/]+\.(safetensors|bin)$/.test(path));

/** Of a model's files, those that training reads: no other formats, no second copy of the weights. */
export function neededFiles(paths: readonly string[]): string[] {
  const some = (pattern: RegExp) => paths.filter((path) => pattern.test(path));
  const others = some(/^(?!adapter)[^/]+\.safetensors$/);
  const choices = [
    some(/^model\.safetensors$/),
    some(/^model(\.safetensors\.index\.json|-\d+-of-\d+\.safetensors)$/),
    some(/^pytorch_model\.bin$/),
    some(/^pytorch_model(\.bin\.index\.json|-\d+-of-\d+\.bin)$/),
    others.length === 1 ? others : [],
  ];
  const weights = choices.find((choice) => choice.length > 0) ?? [];
  const hasModules = paths.includes('modules.json');
  return [...paths.filter((path) => companions.has(path) || (hasModules && isPooling(path))), ...weights];
}
