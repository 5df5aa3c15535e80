import { AppError } from '../errors.ts';
import { sentencePieceFiles } from '../files/needed-files.ts';
import { weightFiles } from '../files/safetensors-shards.ts';
import type { TensorToStream } from '../files/safetensors-write.ts';
import { hasTokenTypes } from '../models/heads.ts';
import { createTokenizer } from '../text/tokenizer.ts';
import { readTokenizerFiles } from '../text/tokenizer-files.ts';
import type { ReadValues } from '../tuning/method.ts';
import { methods } from '../tuning/methods.ts';
import type { Tuning } from '../tuning/tuning.ts';
import { trainedTemplate } from './gguf/templates.ts';
import { type MergedTensor, mergedModel } from './merged-tensors.ts';
import { readmeFile } from './readme.ts';
import type { RunStory } from './run-story.ts';
import { sentenceFiles } from './sentence-files.ts';
import type { Base, StreamedFile, Target } from './target.ts';
import {
  constantTensors,
  jsonFile,
  otherTensors,
  runningTensors,
  weightTensor,
  weightTensors,
} from './weight-tensors.ts';
import { changedConfig } from './whole-config.ts';
import { wholeWords } from './whole-readme.ts';

export const merged: Target = {
  file: 'model.zip',
  holds: 'model',
  refuses: ({ method }) =>
    method === 'full' || methods[method]?.merges ? undefined : new AppError('cannot-merge', { method }),
  async write(run) {
    const tuned = await run.tuned();
    const story = await run.story();
    const files = await wholeModel(tuned.base, tuned.tuning, await run.values(), story);
    return [...files, await readmeFile(tuned, story, wholeWords(tuned, story))];
  },
};

/** Files of the base that a whole model needs beside its weights, where it has them. */
const companions = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'vocab.txt',
  ...sentencePieceFiles,
  'chat_template.jinja',
  'preprocessor_config.json',
  'processor_config.json',
];

const tokenizerConfig = 'tokenizer_config.json';
const templateFile = 'chat_template.jinja';

/**
 * The files that `companions` names, as they are of the base but for what a model learned otherwise: pairs by their types,
 * which some tokenizers of transformers leave out where the config does not ask for them; and a prompt format of the run's
 * own, in the file that transformers reads first, in place of every template of the base.
 */
async function companionFiles({ files, model }: Base, { textPairs, prompt }: Asked): Promise<StreamedFile[]> {
  const asked = prompt && prompt.template !== 'chat';
  const template = asked && trainedTemplate(prompt, createTokenizer(await readTokenizerFiles(files)));
  const changes = {
    ...(textPairs && hasTokenTypes(model) && { model_input_names: ['input_ids', 'token_type_ids', 'attention_mask'] }),
    ...(asked && { chat_template: undefined }),
  };
  const copied: StreamedFile[] = [];
  for (const path of companions) {
    if ((asked && path === templateFile) || !(await files.has(path))) continue;
    const bytes = await files.read(path);
    const isChanged = path === tokenizerConfig && Object.keys(changes).length > 0;
    const json = () => JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    copied.push(isChanged ? jsonFile(path, { ...json(), ...changes }) : { path, parts: [bytes] });
  }
  return template ? [...copied, { path: templateFile, parts: [new TextEncoder().encode(template)] }] : copied;
}

type Asked = Pick<RunStory, 'textPairs' | 'prompt'>;

/**
 * A whole model that transformers loads: every weight, changed ones rounded to the base's data types, and its files. An
 * adapter is folded into the published weights, one tensor at a time.
 * @param read gives trained and adapter parameters by name, and those that the published weights lack
 * @param story how it is asked
 * @throws AppError 'cannot-merge' where the adapter is no change of weights
 */
export async function wholeModel(
  base: Base,
  tuning: Tuning,
  read: ReadValues,
  story: Asked = {},
): Promise<StreamedFile[]> {
  const { tensors, apart } = mergedModel(base, tuning, read);
  const copied = await companionFiles(base, story);
  const named = ({ info, changed }: MergedTensor): TensorToStream[] => {
    const tensors = weightTensors(base, info, changed);
    return apart && tensors.length === 1 ? [{ ...tensors[0]!, name: info.name }] : tensors;
  };
  // Its type is that of the embedding that it was tied to.
  const embedding = base.model.parameters.find(({ name }) => name === base.model.headParameter)!;
  const head = apart ? [{ ...weightTensor(base, embedding, apart.changed), name: apart.info.name }] : [];
  const changed = await changedConfig(base, apart !== undefined);
  const files = changed ? [changed, ...copied.slice(1)] : copied;
  return [
    ...files,
    ...(await sentenceFiles(base)),
    ...weightFiles([
      ...[...tensors.flatMap(named), ...head, ...constantTensors(base)],
      ...[...runningTensors(base, read), ...otherTensors(base)],
    ]),
  ];
}
