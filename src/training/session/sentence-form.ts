/** What a folder of sentence-transformers says of how the vector of a text is made. */
import { because } from '../../errors.ts';
import { sentenceConfigFiles } from '../../files/needed-files.ts';
import { type ModelFiles, readJson } from '../../files/source.ts';
import { isObject, type JsonObject } from '../../models/config-reader.ts';
import type { SentenceForm } from '../../models/model.ts';

/** sentence-transformers' names of what is done here, as saved now; earlier folders have a flag for each. */
const poolings: Readonly<Record<string, SentenceForm['pooled']>> = { mean: 'mean', cls: 'first' };
const flags: Readonly<Record<string, string>> = { pooling_mode_mean_tokens: 'mean', pooling_mode_cls_token: 'cls' };

/** A value of a file in a reason: it may be anything. */
const shown = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none'));

const refusing = (refused: SentenceForm['refused']): SentenceForm => ({ pooled: 'mean', normalised: false, refused });

/**
 * Reads `modules.json` and what it names; undefined where the folder has none. What cannot be done here is told in the
 * result: the same files serve other tasks.
 * @throws AppError 'config-invalid' for a file that is no JSON
 */
export async function readSentenceForm(files: ModelFiles): Promise<SentenceForm | undefined> {
  if (!(await files.has('modules.json'))) return undefined;
  const listed = await readJson(files, 'modules.json');
  const modules = (Array.isArray(listed) ? listed : []).filter(isObject).map(({ type, path }) => ({
    kind: shown(type).slice(shown(type).lastIndexOf('.') + 1),
    path: typeof path === 'string' && path !== '' ? `${path}/` : '',
  }));
  const [encoder, pooling, last] = modules;
  const kinds = modules.map(({ kind }) => kind).join(', ');
  if (!/^Transformer, Pooling(, Normalize)?$/.test(kinds))
    return refusing(because`modules.json says ${kinds || 'nothing'}; supported are Transformer, Pooling, Normalize`);
  const poolingFile = `${pooling!.path}config.json`;
  if (!(await files.has(poolingFile))) return refusing(because`${poolingFile} is missing`);
  const config = await jsonOf(files, poolingFile);
  const pooled = poolingOf(config);
  if (!pooled)
    return refusing(because`its pooling is ${namesOf(config).join(', ') || 'none'}; supported are mean and cls`);
  if (config.include_prompt === false) return refusing(because`include_prompt of its pooling is not supported`);
  const own = await firstJsonOf(
    files,
    sentenceConfigFiles.map((name) => `${encoder!.path}${name}`),
  );
  const { transformer_task: task = 'feature-extraction', do_lower_case: lowers, max_seq_length: longest } = own;
  if (task !== 'feature-extraction') return refusing(because`its encoder is used for ${shown(task)}`);
  if (lowers === true) return refusing(because`do_lower_case of sentence_bert_config.json is not supported`);
  const prompt = promptOf(await jsonOf(files, 'config_sentence_transformers.json'));
  if (prompt !== '')
    return refusing(
      because`its default_prompt_name puts "${prompt}" before every text: set it to null in config_sentence_transformers.json, and write what stands before a text into the text`,
    );
  const [key, limit] = await lengthOf(files, longest);
  if (limit === undefined) return { pooled, normalised: last !== undefined };
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1)
    return refusing(because`${key} is ${shown(limit)}, not a whole number above 0`);
  // Tokenizers without a limit say a number of 31 digits.
  return { pooled, normalised: last !== undefined, ...(limit < 2 ** 31 ? { longest: limit } : {}) };
}

async function jsonOf(files: ModelFiles, path: string): Promise<JsonObject> {
  const found = (await files.has(path)) ? await readJson(files, path) : {};
  return isObject(found) ? found : {};
}

async function firstJsonOf(files: ModelFiles, paths: readonly string[]): Promise<JsonObject> {
  for (const path of paths) if (await files.has(path)) return jsonOf(files, path);
  return {};
}

/** `max_seq_length`; where the folder lacks it, as it does since sentence-transformers 6, the tokenizer's limit. */
async function lengthOf(files: ModelFiles, longest: unknown): Promise<readonly [key: string, limit: unknown]> {
  if (longest !== undefined && longest !== null) return ['max_seq_length', longest];
  return ['model_max_length', (await jsonOf(files, 'tokenizer_config.json')).model_max_length ?? undefined];
}

/** What `encode` puts before a text of which nothing is said. */
function promptOf({ prompts, default_prompt_name: name }: JsonObject): string {
  const prompt = isObject(prompts) && typeof name === 'string' && Object.hasOwn(prompts, name) ? prompts[name] : '';
  return shown(prompt ?? '');
}

function namesOf({ pooling_mode: modes, ...config }: JsonObject): string[] {
  if (modes !== undefined) return [modes].flat().map(shown);
  return Object.keys(config)
    .filter((key) => key.startsWith('pooling_mode_') && config[key] === true)
    .map((key) => flags[key] ?? key);
}

function poolingOf(config: JsonObject): SentenceForm['pooled'] | undefined {
  const [name = '', ...others] = namesOf(config);
  return others.length === 0 && Object.hasOwn(poolings, name) ? poolings[name] : undefined;
}
