/** A benchmark as lm-evaluation-harness writes it: YAML that says how a question is made of a row of a JSON file. */
import { AppError, because, type Reason } from '../errors.ts';
import { metricNames } from '../metrics/metrics.ts';
import { parseYaml } from '../text/yaml.ts';
import { nearestName } from '../training/config/nearest-name.ts';

/** A template, the name of a column, or what is the same in every row. */
export type Field = string | number | readonly string[];

export interface ScoreRequest {
  readonly name: string;
  /** What an exact match leaves out of account. */
  readonly ignores: readonly Ignored[];
}

const ignored = ['ignore_case', 'ignore_punctuation', 'ignore_numbers'] as const;
export type Ignored = (typeof ignored)[number];

const filters = ['take_first', 'remove_whitespace', 'lowercase', 'uppercase'] as const;
export type Filter = (typeof filters)[number];

const samplers = ['default', 'first_n'] as const;

/** Rows with their answers, put before each question. */
export interface ExamplesAsked {
  readonly count: number;
  /** Where they are taken from: files, as the task names them, or rows in the task itself. */
  readonly dataFiles: readonly string[];
  readonly rows: readonly Json[] | null;
  /** Drawn at random for each question, or always the first. */
  readonly sampler: (typeof samplers)[number];
  /** Whether the row that is asked is never one of them. */
  readonly withoutAsked: boolean;
  readonly text: Field;
  readonly target: Field;
  readonly choices: Field | null;
  readonly targetDelimiter: string;
  /** Stands behind each. */
  readonly delimiter: string;
}

/** The values of lm-evaluation-harness's keys that are read. */
export interface BenchmarkTask {
  readonly file: string;
  readonly name: string;
  readonly kind: (typeof kinds)[number];
  /** Files with the rows, as the task names them. */
  readonly dataFiles: readonly string[];
  readonly text: Field;
  readonly target: Field;
  readonly choices: Field | null;
  readonly description: string;
  readonly examples: ExamplesAsked | null;
  /** Stands between a question and its answer. */
  readonly targetDelimiter: string;
  readonly scores: readonly ScoreRequest[];
  readonly filters: readonly Filter[];
  readonly until: readonly string[];
  readonly maxNewTokens: number;
}

const kinds = ['multiple_choice', 'generate_until'] as const;

/** Scores of each kind under lm-evaluation-harness's names; the first are taken where none is named. */
const scoresOf = {
  multiple_choice: { usual: ['acc', 'acc_norm'], known: ['acc', 'acc_norm', 'acc_bytes'] },
  generate_until: { usual: ['exact_match'], known: ['exact_match', 'bleu', 'chrf', ...metricNames] },
} as const;

const readKeys = [
  ...['task', 'output_type', 'dataset_path', 'dataset_kwargs', 'test_split', 'validation_split', 'num_fewshot'],
  ...['doc_to_text', 'doc_to_target', 'doc_to_choice', 'description', 'target_delimiter', 'fewshot_delimiter'],
  ...['training_split', 'fewshot_split', 'fewshot_config'],
  ...['metric_list', 'filter_list', 'generation_kwargs', 'repeats'],
] as const;
type Key = (typeof readKeys)[number];

/** Say nothing about what is asked. */
const idleKeys = [
  ...['task_alias', 'tag', 'group', 'metadata', 'dataset_name'],
  ...['should_decontaminate', 'doc_to_decontamination_query'],
];

/** What a task may say otherwise than by what is read here. */
const refusedKeys = [
  ...['process_docs', 'process_results', 'custom_dataset', 'include', 'use_prompt', 'gen_prefix', 'unsafe_code'],
  ...['doc_to_image', 'doc_to_audio'],
];

const usualNewTokens = 256;

/**
 * @param file its name, for messages
 * @throws AppError 'benchmark-invalid' with what to change
 */
export async function readBenchmark(text: string, file: string): Promise<BenchmarkTask> {
  const refuse: Refuse = (reason, cause) => new AppError('benchmark-invalid', { file, reason }, { cause });
  const said = await parsedTask(text, refuse);
  requireKnown(said, refuse);
  const of = reader(said, refuse);
  const kind = of.oneOf('output_type', kinds, 'generate_until');
  if ((said.repeats ?? 1) !== 1) throw refuse(because`repeats is ${said.repeats}, and only 1 is supported: remove it`);
  const choices = said.doc_to_choice === undefined ? null : choicesIn(said.doc_to_choice, of);
  if (kind === 'multiple_choice' && choices === null) throw refuse(because`"${'doc_to_choice'}" is missing`);
  const between = of.text('fewshot_delimiter', '\n\n');
  const fields = { text: of.field('doc_to_text'), target: of.field('doc_to_target'), choices };
  const targetDelimiter = of.text('target_delimiter', ' ');
  return {
    file,
    name: of.text('task', file.replace(/^.*\//, '').replace(/\.ya?ml$/, '')),
    kind,
    dataFiles: dataFilesIn(said, askedSplit(said, refuse), refuse),
    ...fields,
    description: of.text('description', ''),
    examples: examplesIn(said, { ...fields, targetDelimiter, delimiter: between }, refuse),
    targetDelimiter,
    scores: scoresIn(said.metric_list, kind, refuse),
    filters: filtersIn(said.filter_list, refuse),
    ...generationIn(said.generation_kwargs, between, refuse),
  };
}

type Refuse = (reason: Reason, cause?: unknown) => AppError;
type Said = Readonly<Partial<Record<Key, unknown>>>;
export type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

async function parsedTask(text: string, refuse: Refuse): Promise<Said> {
  const parsed = await parseYaml(text, {
    ownTag: (key, tag) => {
      throw refuse(
        because`"${key}" is Python code (${tag}): write it as a template, or its result into a column of the data`,
      );
    },
  });
  if ('fault' in parsed) throw refuse(because`it is no YAML: ${parsed.fault}`);
  const said = parsed.value;
  if (!isObject(said)) throw refuse(because`it holds no keys, such as doc_to_text`);
  return said;
}

function requireKnown(said: Said, refuse: Refuse): void {
  for (const key of Object.keys(said)) {
    if ((readKeys as readonly string[]).includes(key) || idleKeys.includes(key)) continue;
    if (refusedKeys.includes(key)) throw refuse(because`"${key}" is not supported: remove it`);
    const nearest = nearestName(key, [...readKeys, ...idleKeys, ...refusedKeys]);
    throw refuse(because`"${key}" is unknown; did you mean "${nearest}"?`);
  }
}

/** Reads keys whose values have a type. */
function reader(said: Said, refuse: Refuse) {
  const text = (key: keyof Said, standard: string): string => {
    const value = said[key] ?? standard;
    if (typeof value !== 'string') throw refuse(because`"${key}" is no text: put it in quotes`);
    return value;
  };
  return {
    text,
    refuse,
    oneOf<T extends string>(key: Key, known: readonly T[], standard: T): T {
      const value = text(key, standard);
      if ((known as readonly string[]).includes(value)) return value as T;
      throw refuse(because`"${key}" is ${value}, which is not supported: use ${known.join(', ')}`);
    },
    field(key: Key): Field {
      const value = said[key];
      if (value === undefined || value === null) throw refuse(because`"${key}" is missing`);
      if (typeof value === 'string' || Number.isInteger(value) || isTexts(value)) return value as Field;
      throw refuse(because`"${key}" is no text: put it in quotes`);
    },
  };
}

function choicesIn(value: unknown, { refuse }: ReturnType<typeof reader>): Field {
  const choices = isObject(value) ? Object.values(value) : value;
  if (typeof choices === 'string' || (isTexts(choices) && choices.length > 0)) return choices;
  throw refuse(because`"${'doc_to_choice'}" is no list of texts: put each in quotes`);
}

/** The split that is asked: the test split, else the one for validation. */
function askedSplit(said: Said, refuse: Refuse): string {
  const split = said.test_split ?? said.validation_split;
  if (split === undefined || split === null)
    throw refuse(because`it names neither test_split nor validation_split: say which rows are the questions`);
  return String(split);
}

function dataFilesIn(said: Said, split: string, refuse: Refuse): readonly string[] {
  const { dataset_path: path, dataset_kwargs: settings } = said;
  const isLocal = ['json', 'jsonl'].includes(String(path));
  if (path !== undefined && !isLocal)
    throw refuse(
      because`its rows are in the data set "${path}": save them as JSONL, set dataset_path to json and name the file under dataset_kwargs, data_files`,
    );
  const files = isObject(settings) ? settings.data_files : undefined;
  const all = isObject(files) ? files[split] : split === 'train' ? files : undefined;
  const named = typeof all === 'string' ? [all] : all;
  if (isTexts(named) && named.length > 0) return named;
  throw refuse(because`dataset_kwargs, data_files names no file for the split "${split}"`);
}

const exampleKeys = [
  ...['sampler', 'split', 'samples', 'doc_to_text', 'doc_to_target', 'doc_to_choice'],
  ...['target_delimiter', 'fewshot_delimiter'],
];

/** Examples, where the task wants some, from where lm-evaluation-harness takes them. */
function examplesIn(
  said: Said,
  usual: Pick<ExamplesAsked, 'text' | 'target' | 'choices' | 'targetDelimiter' | 'delimiter'>,
  refuse: Refuse,
): ExamplesAsked | null {
  const count = said.num_fewshot ?? 0;
  if (!Number.isInteger(count) || (count as number) < 0)
    throw refuse(because`"${'num_fewshot'}" must be a whole number of at least 0`);
  if (count === 0) return null;
  const settings = said.fewshot_config ?? {};
  if (!isObject(settings)) throw refuse(because`"${'fewshot_config'}" holds no keys`);
  const other = Object.keys(settings).find((key) => !exampleKeys.includes(key));
  if (other !== undefined) throw refuse(because`"${other}" of fewshot_config is not supported: remove it`);
  // As keys of the task, which they take the place of.
  const of = reader(settings as Said, refuse);
  const { doc_to_text, doc_to_target, doc_to_choice, samples, sampler = 'default' } = settings;
  if (!(samplers as readonly unknown[]).includes(sampler))
    throw refuse(because`"${'sampler'}" is ${sampler}, which is not supported: use ${samplers.join(', ')}`);
  const split = settings.split ?? said.fewshot_split ?? null;
  const rows = split === null && samples !== undefined ? samples : null;
  if (rows !== null && !(Array.isArray(rows) && rows.length > 0 && rows.every(isObject)))
    throw refuse(because`"${'samples'}" is no list of rows`);
  return {
    count: count as number,
    dataFiles: rows === null ? dataFilesIn(said, exampleSplit(said, split, refuse), refuse) : [],
    rows,
    sampler: sampler as ExamplesAsked['sampler'],
    withoutAsked: split === (said.test_split ?? null),
    text: doc_to_text === undefined ? usual.text : of.field('doc_to_text'),
    target: doc_to_target === undefined ? usual.target : of.field('doc_to_target'),
    choices: doc_to_choice === undefined ? usual.choices : choicesIn(doc_to_choice, of),
    targetDelimiter: of.text('target_delimiter', usual.targetDelimiter),
    delimiter: of.text('fewshot_delimiter', usual.delimiter),
  };
}

/** @throws AppError where the questions would be their own examples */
function exampleSplit(said: Said, split: unknown, refuse: Refuse): string {
  if (split !== null) return String(split);
  const found = said.training_split ?? said.validation_split;
  if (found !== undefined && found !== null && found !== askedSplit(said, refuse)) return String(found);
  throw refuse(because`it wants examples and does not say from which rows: name a fewshot_split`);
}

function scoresIn(list: unknown, kind: BenchmarkTask['kind'], refuse: Refuse): ScoreRequest[] {
  const { usual, known } = scoresOf[kind];
  if (list === undefined || list === null) return usual.map((name) => ({ name, ignores: [] }));
  if (!Array.isArray(list) || list.length === 0 || !list.every(isObject))
    throw refuse(because`"${'metric_list'}" is no list of metrics`);
  return list.map(({ metric, aggregation, higher_is_better: _, ...settings }) => {
    const name = String(metric);
    if (!(known as readonly string[]).includes(name))
      throw refuse(because`the metric "${name}" is not supported for ${kind}: use ${known.join(', ')}`);
    const usualAggregation = name === 'bleu' || name === 'chrf' ? name : 'mean';
    if (aggregation !== undefined && aggregation !== usualAggregation)
      throw refuse(because`the metric "${name}" has the aggregation "${aggregation}": use ${usualAggregation}`);
    const other = Object.keys(settings).find((key) => name !== 'exact_match' || !ignored.includes(key as Ignored));
    if (other !== undefined) throw refuse(because`"${other}" of the metric "${name}" is not supported: remove it`);
    return { name, ignores: ignored.filter((key) => settings[key] === true) };
  });
}

/** The filters of one pipeline. */
function filtersIn(list: unknown, refuse: Refuse): Filter[] {
  if (list === undefined || list === null) return [];
  const [first, second]: unknown[] = Array.isArray(list) ? list : [];
  const steps = isObject(first) && Array.isArray(first.filter) ? first.filter : null;
  if (second !== undefined || steps === null)
    throw refuse(because`"${'filter_list'}" must have one entry with a list under "filter"`);
  return steps.map((step: unknown) => {
    const name = isObject(step) ? String(step.function) : String(step);
    if ((filters as readonly string[]).includes(name)) return name as Filter;
    throw refuse(because`the filter "${name}" is not supported: use ${filters.join(', ')}`);
  });
}

function generationIn(
  settings: unknown,
  between: string,
  refuse: Refuse,
): Pick<BenchmarkTask, 'until' | 'maxNewTokens'> {
  const usual = { until: [between], maxNewTokens: usualNewTokens };
  if (settings === undefined || settings === null) return usual;
  if (!isObject(settings)) throw refuse(because`"${'generation_kwargs'}" holds no keys`);
  const { until = [between], max_gen_toks, max_new_tokens, do_sample, temperature, ...others } = settings;
  if (do_sample === true || (do_sample === undefined && Number(temperature ?? 0) > 0))
    throw refuse(because`its answers are drawn at random: set do_sample to false`);
  const [other] = Object.keys(others);
  if (other !== undefined) throw refuse(because`"${other}" is not supported: remove it`);
  const ends = typeof until === 'string' ? [until] : until;
  if (!isTexts(ends)) throw refuse(because`"${'until'}" is no list of texts: put each in quotes`);
  const most = max_gen_toks ?? max_new_tokens ?? usualNewTokens;
  if (!Number.isInteger(most) || (most as number) < 1)
    throw refuse(because`"${'max_gen_toks'}" must be a whole number of at least 1`);
  return { until: ends, maxNewTokens: most as number };
}
