/** A run as it is handed on: settings, hashes of model and data, curve, verdict. Of the rows nothing but answers, if asked. */
import * as v from 'valibot';
import { AppError, because } from '../../../errors.ts';
import type { ModelHashes } from '../../../files/model-hashes.ts';
import type { HeldOut } from '../../../tasks/held-out.ts';
import type { Scores } from '../../../tasks/scores.ts';
import { defaultRunConfig, parseRunConfig, type RunConfig } from '../../config/run-config.ts';
import type { Answers } from '../../run/events.ts';
import { heldOutSchema as heldOut, scoresSchema as scores } from '../../run/outcome-file.ts';
import type { Verdict } from '../verdict/verdict.ts';
import type { Curve } from './curve.ts';

export const formatVersion = 1;

/** Where the model comes from: no token, and of a folder on disk its name at the most. */
export type SharedSource =
  | { readonly kind: 'example' }
  | { readonly kind: 'hub'; readonly id: string; readonly revision: string; readonly endpoint: string }
  | { readonly kind: 'folder'; readonly name: string };

/** SHA-256 of the data; null where nobody knows. */
export interface DataHashes {
  /** Of columns and rows, whatever file they came from. */
  readonly table: string | null;
  /** Of the table to validate with, where it is one of its own. */
  readonly validation: string | null;
}

export interface SharedRun {
  readonly format: 'atelier-run';
  readonly version: typeof formatVersion;
  /** Of the run and of its table; '' where they are kept back. */
  readonly name: string;
  readonly table: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly model: { readonly source: SharedSource; readonly hashes: ModelHashes | null };
  readonly data: DataHashes & {
    /** Of the training rows as the model read them. */
    readonly rows: string | null;
    readonly training: number | null;
  };
  /** Sections of a run config, without those keys of `leftOut`. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Settings of the run that are kept back, such as `logging.sample_prompts`. */
  readonly leftOut: readonly string[];
  readonly phase: 'finished' | 'stopped' | 'stopped-early' | 'failed';
  readonly step: number;
  readonly totalSteps: number;
  readonly cost: {
    readonly trainedParameters: number;
    readonly totalParameters: number;
    readonly peakBytes: number;
  } | null;
  /** Validation loss of the weights that it came to. */
  readonly evalLoss: number | null;
  readonly curve: Curve;
  readonly scores: Scores | null;
  readonly heldOut: HeldOut | null;
  readonly verdict: Verdict | null;
  /** Prompts and answers at each evaluation; never in a link. */
  readonly answers?: readonly (Answers & { readonly step: number })[];
}

/** Say where things lie or what they are called, and are known from elsewhere in a shared run or of no use there. */
const names = new Set([
  'model.llm_backbone',
  'model.revision',
  'dataset.train_dataframe',
  'dataset.validation_dataframe',
  'environment.output_directory',
  'environment.experiment_name',
]);

/** Hold prompts, or name what only this computer has. */
const keptBack = new Set([
  'logging.sample_prompts',
  'logging.general_texts',
  'tuning.prompt_tuning_init_text',
  'tuning.init_from',
  'prediction.judge_endpoint',
  'prediction.judge_model',
]);

/** The settings that are handed on, all of them: another version may have other defaults. */
export function sharedSettings(config: RunConfig): Pick<SharedRun, 'settings' | 'leftOut'> {
  const leftOut: string[] = [];
  const sections = Object.entries(config).map(([section, values]) => {
    const usual = defaultRunConfig[section as keyof RunConfig] as Readonly<Record<string, unknown>>;
    const kept = Object.entries(values).filter(([key, value]) => {
      const path = `${section}.${key}`;
      if (keptBack.has(path) && JSON.stringify(value) !== JSON.stringify(usual[key])) leftOut.push(path);
      return !keptBack.has(path) && !names.has(path);
    });
    return [section, Object.fromEntries(kept)] as const;
  });
  return { settings: Object.fromEntries(sections), leftOut };
}

/** The run config of a shared run: what was kept back has its default. @throws AppError as `parseRunConfig` */
export const configOf = ({ settings, name, table, model }: SharedRun): RunConfig => {
  const { environment, dataset, model: section, ...others } = settings;
  const { source } = model;
  const revision = source.kind === 'hub' ? { revision: source.revision } : {};
  const backbone = source.kind === 'hub' ? source.id : source.kind === 'folder' ? source.name : './model';
  return parseRunConfig({
    ...others,
    model: { ...section, llm_backbone: backbone, ...revision },
    dataset: { ...dataset, train_dataframe: table },
    environment: { ...environment, experiment_name: name },
  });
};

/** Characters of a name, and of a prompt or an answer. */
export const longestName = 300;
export const longestAnswer = 100_000;

const finite = v.pipe(v.number(), v.finite());
const orNull = <T extends v.GenericSchema>(schema: T) => v.nullable(schema);
const count = v.pipe(finite, v.integer(), v.minValue(0));
const name = v.pipe(v.string(), v.maxLength(longestName));
const key = v.pipe(v.string(), v.regex(/^\w{1,60}$/));
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const commit = v.pipe(v.string(), v.regex(/^[0-9a-f]{7,64}$/));
const text = v.pipe(v.string(), v.maxLength(longestAnswer));

const source = v.variant('kind', [
  v.strictObject({ kind: v.literal('example') }),
  v.strictObject({
    kind: v.literal('hub'),
    id: v.pipe(name, v.regex(/^[\w.-]+(\/[\w.-]+)?$/)),
    revision: v.pipe(name, v.regex(/^[\w./-]+$/)),
    endpoint: v.union([v.literal(''), v.pipe(name, v.url(), v.regex(/^https?:\/\//))]),
  }),
  v.strictObject({ kind: v.literal('folder'), name }),
]);

const fromTo = v.strictObject({ from: finite, to: finite });
const interval = orNull(v.strictObject({ value: finite, low: finite, high: finite }));
const kind = <const K extends readonly string[]>(...kinds: K) => ({ kind: v.picklist(kinds) });

const finding = v.variant('kind', [
  v.strictObject({ ...kind('learned', 'partly'), heldOut, interval }),
  v.strictObject({ ...kind('not-yet'), updates: count, rate: orNull(finite), heldOut: orNull(heldOut) }),
  v.strictObject({ ...kind('stuck'), updates: count, loss: fromTo }),
  v.strictObject({ ...kind('cut'), cut: count, rows: count, length: count }),
  v.strictObject({ ...kind('by-heart'), step: orNull(count), kept: v.boolean(), heldOut: orNull(heldOut) }),
  v.strictObject({ ...kind('broke'), step: count, loss: orNull(fromTo), kept: orNull(count) }),
  v.strictObject({ ...kind('worse', 'base-as-good'), heldOut }),
  v.strictObject({ ...kind('one-class', 'untrained') }),
  v.strictObject({
    ...kind('cannot-tell'),
    why: v.picklist(['none', 'few', 'seen', 'held-one-class', 'not-asked']),
    rows: count,
    heldOut: orNull(heldOut),
  }),
  v.strictObject({ ...kind('loss-fell'), loss: fromTo }),
  v.strictObject({ ...kind('stopped'), step: count, total: count, loss: orNull(fromTo) }),
]);

const note = v.variant('kind', [
  v.strictObject({ ...kind('seen'), rows: count, of: count }),
  v.strictObject({ ...kind('cut'), cut: count, rows: count }),
  v.strictObject({ ...kind('rose'), step: count, kept: v.boolean() }),
  v.strictObject({ ...kind('out-of-patience'), step: count, evaluations: count }),
  v.strictObject({ ...kind('beyond-limit'), step: count, divergence: finite, limit: finite }),
  v.strictObject({ ...kind('kept'), step: count, last: count }),
  v.strictObject({ ...kind('labels-shuffled') }),
  v.strictObject({ ...kind('forgot', 'remembers'), divergence: finite, perplexity: fromTo }),
]);

/** What to do next is the business of whoever has the run. */
const verdict = v.strictObject({ finding, notes: v.pipe(v.array(note), v.maxLength(10)), actions: v.strictTuple([]) });

const column = v.array(orNull(finite));
const isRising = (steps: number[]) => steps.every((step, at) => at === 0 || step > steps[at - 1]!);
const curve = v.pipe(
  v.strictObject({
    of: count,
    steps: v.pipe(v.array(v.pipe(count, v.minValue(1))), v.check(isRising)),
    ...{ loss: column, rate: column, norm: column },
    evaluated: v.pipe(
      v.array(v.strictTuple([count, orNull(finite)])),
      v.check((all) => isRising(all.map(([step]) => step))),
    ),
    epochs: orNull(finite),
    tokens: orNull(count),
  }),
  v.check(({ of, steps, loss, rate, norm }) =>
    [loss, rate, norm].every(({ length }) => length === steps.length && length <= of),
  ),
);

const answers = v.strictObject({
  step: count,
  samples: v.array(
    v.strictObject({
      prompt: text,
      expected: text,
      base: orNull(text),
      tuned: text,
      score: orNull(finite),
    }),
  ),
  score: orNull(v.strictObject({ metric: name, value: orNull(finite), note: name })),
});

const sharedRun = v.strictObject({
  format: v.literal('atelier-run'),
  version: v.literal(formatVersion),
  name,
  table: name,
  created: count,
  model: v.strictObject({
    source,
    hashes: orNull(v.strictObject({ commit: orNull(commit), weights: hash, tokenizer: orNull(hash), config: hash })),
  }),
  data: v.strictObject({
    table: orNull(hash),
    validation: orNull(hash),
    rows: orNull(hash),
    training: orNull(count),
  }),
  settings: v.record(key, v.record(key, v.unknown())),
  leftOut: v.pipe(v.array(v.picklist([...keptBack])), v.maxLength(keptBack.size)),
  phase: v.picklist(['finished', 'stopped', 'stopped-early', 'failed']),
  step: count,
  totalSteps: count,
  cost: orNull(v.strictObject({ trainedParameters: count, totalParameters: count, peakBytes: count })),
  evalLoss: orNull(finite),
  curve,
  scores: orNull(scores),
  heldOut: orNull(heldOut),
  verdict: orNull(verdict),
  answers: v.optional(v.array(answers)),
});

/**
 * A shared run from its JSON, every part of it looked at.
 * @throws AppError 'shared-run-invalid' with what is wrong, 'shared-run-newer' of another version of the format; as
 * `parseRunConfig` of its settings
 */
export function parseSharedRun(json: unknown): SharedRun {
  const { format, version } = (json ?? {}) as { format?: unknown; version?: unknown };
  if (format !== 'atelier-run') throw new AppError('shared-run-invalid', { reason: because`it holds something else` });
  if (version !== formatVersion) {
    // Of a hostile file it may be anything.
    const shown = typeof version === 'number' || typeof version === 'string' ? String(version) : typeof version;
    throw new AppError('shared-run-newer', { version: shown });
  }
  const result = v.safeParse(sharedRun, json);
  if (!result.success) {
    const path = v.getDotPath(result.issues[0]) ?? '';
    throw new AppError('shared-run-invalid', { reason: because`${path} is missing or is not what belongs there` });
  }
  const run: SharedRun = result.output as SharedRun;
  configOf(run);
  return run;
}
