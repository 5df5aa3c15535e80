import { type Example, scoredTokenCount } from '../data/examples.ts';
import { effectiveTemplate } from '../data/prompt-templates.ts';
import { type AppError, toAppError } from '../errors.ts';
import { tuningAsCode } from '../exports/code.ts';
import { factsOfConfig, offersOf } from '../exports/targets.ts';
import type { Model } from '../models/model.ts';
import { maximumLength } from '../tasks/lengths.ts';
import type { PreparedData, RowView } from '../tasks/prepared.ts';
import { rowProblems } from '../tasks/row-problems.ts';
import { taskSettings } from '../tasks/settings.ts';
import type { Lesson } from '../tasks/task.ts';
import { resolvedTuning } from '../training/fit-run.ts';
import { parseRunConfig, type RunConfig } from '../training/run-config.ts';
import { totalSteps } from '../training/schedule.ts';
import { resolveTuning } from '../tuning/resolve.ts';
import { selectParameters } from '../tuning/select.ts';
import { type Tuning, trainedShare } from '../tuning/tuning.ts';
import { costEstimator } from './cost-estimate.ts';
import { type FittedModel, taskFitter } from './fitted-model.ts';
import { lastOf } from './last-of.ts';
import { sampleMaterial } from './material.ts';
import type { DataPreview, ParameterState, Selector, TuningPreview } from './protocol.ts';
import type { RunTables } from './run-tables.ts';
import type { Handlers } from './serve.ts';
import type { OpenedModel, OpenedTable, Workshop } from './workshop.ts';

const shownRows = 5;
/** Of a longer row, the beginning and the end. */
const shownTokens = 400;
const histogramBars = 24;

type Previews = Pick<Handlers, 'select' | 'previewTuning' | 'estimate' | 'asCode' | 'previewData'>;

/** What a choice comes to, before it is made: computed from graphs, plans and tokens, never from rules of thumb. */
export function previewHandlers(workshop: Workshop): Previews {
  const prepared = lastOf(prepare);
  const fitTo = taskFitter(workshop);
  const preparedFor = (fitted: FittedModel, config: RunConfig): Prepared => {
    const { table, validation } = workshop.tablesFor(config);
    const seeded = withAnySeed(config);
    const tuning = resolvedTuning(fitted.opened.open.model, seeded);
    // Of the tuning nothing but the places that it takes matters to the rows.
    const taken = tuning?.adapter?.virtualTokens?.count;
    const key = [fitted.opened, fitted.problem, table, validation, taken, JSON.stringify(taskSettings(seeded))];
    return prepared(key, fitted, { table, validation }, seeded, tuning);
  };
  const costs = costEstimator();
  return {
    select: async ({ selector }) => ({ names: selectNames(workshop.requireModel(), selector) }),

    async previewTuning({ config }) {
      const checked = parseRunConfig(config);
      const { opened } = fitTo(checked);
      const { model } = opened.open;
      const exports = offersOf(factsOfConfig(checked, model.modelType));
      let tuning: Tuning;
      try {
        tuning = resolveTuning(model, checked.tuning, checked.training.learning_rate);
      } catch (thrown) {
        const { code, params } = toAppError(thrown);
        if (!['nothing-trained', 'nothing-matched', 'all-excluded'].includes(code)) throw thrown;
        return nothingTrained(opened, { code, params }, exports);
      }
      const { trained, total } = trainedShare(model, tuning);
      return {
        trainedParameters: trained,
        totalParameters: total,
        states: statesOf(opened, tuning),
        rates: ratesOf(opened, tuning),
        adapter: tuning.adapter?.title ?? null,
        loraModules: [...(tuning.adapter?.modules ?? [])],
        step: null,
        warnings: [],
        exports,
      };
    },

    async estimate({ config }) {
      const checked = parseRunConfig(config);
      const fitted = fitTo(checked);
      const { opened } = fitted;
      const { data } = workshop.table ? preparedFor(fitted, checked) : { data: null };
      const profile = await workshop.executors.profile(checked.environment.executor);
      return costs.estimate(checked, opened.open, profile, data?.train.largestLength);
    },

    async asCode({ config }) {
      const checked = parseRunConfig(config);
      const { open, source, name } = fitTo(checked).opened;
      const base = source.kind === 'hub' ? source.id : name;
      const tuning = resolveTuning(open.model, checked.tuning, checked.training.learning_rate);
      return { code: tuningAsCode({ model: open.model, baseName: base, tuning }, checked) };
    },

    async previewData({ config }) {
      const checked = parseRunConfig(config);
      const fitted = fitTo(checked);
      return dataPreview(fitted, workshop.requireTable(), checked, preparedFor(fitted, checked));
    },
  };
}

/** Names by a rule; a rule that picks nothing gives none instead of an error, since the page says so itself. */
function selectNames({ open }: OpenedModel, selector: Selector): readonly string[] {
  try {
    return selector.kind === 'none' ? [] : selectParameters(open.model.parameters, entryOf(selector));
  } catch (thrown) {
    if (toAppError(thrown).code === 'nothing-matched') return [];
    throw thrown;
  }
}

/** The selector as `train_parameters` writes it. */
function entryOf(selector: Selector): Readonly<Record<string, unknown>> {
  switch (selector.kind) {
    case 'contains':
      return selector.except ? { not_contains: selector.text } : { contains: selector.text };
    case 'glob':
      return { glob: selector.pattern };
    case 'regex':
      return { regex: selector.pattern };
    case 'nearest-input':
      return { nearest_input: selector.percent };
    case 'nearest-output':
      return { nearest_output: selector.percent };
    case 'random':
      return { random: selector.percent, seed: selector.seed, mode: selector.mode };
    case 'freeze-embeddings-and-first':
      return { freeze_first_layers: selector.layers, match: selector.match };
    case 'last-layers':
      return { last_layers: selector.layers };
    case 'bias-only':
      return { bias_only: true };
    case 'norms-only':
      return { norms_only: true };
    default:
      return { all: true };
  }
}

function nothingTrained(
  { open }: OpenedModel,
  warning: TuningPreview['warnings'][number],
  exports: TuningPreview['exports'],
): TuningPreview {
  const { parameters } = open.model;
  return {
    trainedParameters: 0,
    totalParameters: parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    states: parameters.map(() => 'frozen'),
    rates: parameters.map(() => 1),
    adapter: null,
    loraModules: [],
    step: null,
    warnings: [warning],
    exports,
  };
}

/** LoRA+'s own rate for B is no factor of the module: of its matrices the first counts. */
function ratesOf({ open }: OpenedModel, { trained, adapter, adapterParameters }: Tuning): number[] {
  const ofModule = new Map<string, number>();
  for (const { name, learningRateFactor } of adapterParameters) {
    let module = name;
    while (module !== '' && !adapter?.modules.has(module))
      module = module.slice(0, Math.max(0, module.lastIndexOf('.')));
    if (!ofModule.has(module)) ofModule.set(module, learningRateFactor);
  }
  return open.model.parameters.map(
    ({ name, module }) =>
      trained.get(name)?.learningRateFactor ?? (name.endsWith('.weight') ? ofModule.get(module) : undefined) ?? 1,
  );
}

function statesOf({ open }: OpenedModel, tuning: Tuning): ParameterState[] {
  return open.model.parameters.map(({ name, module }) => {
    if (tuning.trained.has(name)) return 'train';
    return tuning.adapter?.modules.has(module) && name.endsWith('.weight') ? 'lora' : 'frozen';
  });
}

/** With a seed that is drawn at the start, the preview shows one of the splits that may come. */
const withAnySeed = (config: RunConfig): RunConfig =>
  config.environment.seed >= 0 ? config : { ...config, environment: { ...config.environment, seed: 0 } };

interface Prepared {
  readonly data: PreparedData | null;
  readonly problem: AppError | null;
  /** The first of the whole table. */
  readonly rows: readonly RowView[];
  /** Rows of the table, and of the validation rows, for each that was looked at. */
  readonly scale: number;
  readonly validationScale: number;
}

/** As a run would prepare its data; of large tables, a sample. */
function prepare(
  { opened, lesson, problem }: FittedModel,
  tables: RunTables,
  config: RunConfig,
  tuning: Tuning | null,
): Prepared {
  if (!lesson) return { data: null, problem, rows: [], scale: 1, validationScale: 1 };
  const { model } = opened.open;
  const { material, ...scales } = sampleMaterial(opened, tables, config.dataset.parent_id_column !== '');
  try {
    const data = lesson.fit(model, tuning, config, material).prepare();
    return { data, problem: null, rows: lesson.fit(model, tuning, config).firstRows(shownRows), ...scales };
  } catch (thrown) {
    return { data: null, problem: toAppError(thrown), rows: shownOf(lesson, model, config, tuning), ...scales };
  }
}

/** The first rows where no run can start; none where the mapping names a column that is not there. */
function shownOf(lesson: Lesson, model: Model, config: RunConfig, tuning: Tuning | null): readonly RowView[] {
  try {
    return lesson.fit(model, tuning, config).firstRows(shownRows);
  } catch {
    return [];
  }
}

/** Steps an epoch of the whole table. */
function stepsPerEpochOf({ train }: PreparedData, { training }: RunConfig, scale: number): number {
  if (scale === 1) return train.stepsPerEpoch;
  const batches = (train.rowsPerEpoch * scale) / training.batch_size;
  return Math.ceil((training.drop_last_batch ? Math.floor(batches) : Math.ceil(batches)) / training.grad_accumulation);
}

function dataPreview(
  fitted: FittedModel,
  { table }: OpenedTable,
  config: RunConfig,
  { data, problem, rows, scale, validationScale }: Prepared,
): DataPreview {
  const { open, tokenizer } = fitted.opened;
  const examples = data?.trainExamples.examples ?? [];
  const stepsPerEpoch = data ? stepsPerEpochOf(data, config, scale) : 0;
  const scaled = (count: number, by = scale) => Math.round(count * by);
  return {
    trainingRows: scaled(data?.counts.training ?? 0),
    validationRows: scaled(data?.counts.held ?? 0, validationScale),
    sampled: scale === 1 ? null : { rows: Math.round(table.rows.length / scale), of: table.rows.length },
    rows: rows.map((row) => ({ ...row, ...withoutMiddle(row.tokens) })),
    truncatedRows: data?.trainExamples.problems['too-long'].length ?? 0,
    problems: data ? rowProblems(data, config) : [],
    classes: fitted.lesson?.classes() ?? null,
    learnedTokens: scaled(examples.reduce((sum, example) => sum + scoredTokenCount(example), 0)),
    totalTokens: scaled(examples.reduce((sum, { ids }) => sum + ids.length, 0)),
    histogram: histogramOf(examples, maximumLength(config, open.model.tablePositions)),
    batchLength: data?.train.largestLength ?? 0,
    fillRatio: data?.train.fillRatio() ?? 0,
    stepsPerEpoch,
    totalSteps: data ? totalSteps(config.training, stepsPerEpoch) : 0,
    problem: problem ? { code: problem.code, params: problem.params } : null,
    template: tokenizer ? effectiveTemplate(config.dataset.prompt_template, tokenizer) : '',
  };
}

function withoutMiddle<T>(tokens: readonly T[]): { tokens: readonly T[]; hidden: number } {
  const hidden = Math.max(0, tokens.length - shownTokens);
  if (hidden === 0) return { tokens, hidden };
  const half = shownTokens / 2;
  return { tokens: [...tokens.slice(0, half), ...tokens.slice(-half)], hidden };
}

/** Rows by what they would have without a limit, up to twice the limit. */
function histogramOf(examples: readonly Example[], limit: number): DataPreview['histogram'] {
  const lengths = examples.map(({ ids, wholeLength = ids.length }) => Math.min(wholeLength, 2 * limit));
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  const width = Math.max(1, Math.ceil((longest + 1) / histogramBars));
  const counts = Array<number>(Math.floor(longest / width) + 1).fill(0);
  for (const length of lengths) counts[Math.floor(length / width)]!++;
  return { width, counts, limit };
}
