/** What is known of a run from its folder, for those who read about its result elsewhere. */

import { textPairColumn } from '../../data/columns.ts';
import type { Directory } from '../../files/directory.ts';
import { readMetrics, readRun } from '../../files/runs.ts';
import { taskOf } from '../../tasks/registry.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { type RunConfig, settings } from '../config/run-config.ts';
import type { Outcome } from '../run/outcome.ts';
import { readOutcome } from '../run/outcome-file.ts';
import { courseOf } from './verdict/course.ts';
import { verdictOf } from './verdict/decide.ts';
import type { Finding, Note } from './verdict/verdict.ts';

/** How a verdict is worded. */
interface VerdictWords {
  sentence(finding: Finding): string;
  note(found: Note): string;
}

interface ToldRun {
  readonly folder: Directory;
  readonly config: RunConfig;
  /** Null where the model reads no text. */
  readonly tokenizer: Tokenizer | null;
  /** Updates that were planned; absent where nobody knows. */
  readonly totalSteps?: number | undefined;
  readonly words: VerdictWords;
  /** Whether the weights are the run's result, which figures and verdict are of; else those of an earlier evaluation. */
  readonly isResult: boolean;
}

/** Keys that say where things lie or who judges: of no use elsewhere, and nobody's business there. */
const own = new Set([
  'model.llm_backbone',
  'dataset.train_dataframe',
  'dataset.validation_dataframe',
  'tuning.init_from',
  'environment.output_directory',
  'environment.experiment_name',
  'prediction.judge_endpoint',
  'prediction.judge_model',
]);

/** A folder whose parts are damaged or of an older version tells what is left. */
export async function runStory({ folder, config, tokenizer, totalSteps, words, isResult }: ToldRun) {
  const run = await readRun(folder).catch(() => null);
  const outcome = await readOutcome(folder);
  const records = await readMetrics(folder);
  const planned = totalSteps ?? (config.training.max_steps || (outcome?.step ?? 0));
  const verdict = verdictOf({ config, records, outcome, totalSteps: planned });
  const { weights, revision } = config.model;
  const prompt = tokenizer ? taskOf(config).prompt?.(config, tokenizer) : undefined;
  return {
    ...(prompt && { prompt }),
    ...(textPairColumn(config.dataset) !== undefined && { textPairs: true }),
    ...(run && {
      data: {
        fingerprint: run.info.fingerprint,
        training: outcome?.rows.training ?? null,
        held: outcome?.rows.held ?? null,
      },
    }),
    revision,
    ...(weights !== 'as-published' && { quantised: weights }),
    settings: changedSettings(config),
    ...(isResult && { metrics: figuresOf(records, outcome) }),
    ...(isResult && verdict && { verdict: [words.sentence(verdict.finding), ...verdict.notes.map(words.note)] }),
  };
}

function changedSettings(config: RunConfig): Record<string, unknown> {
  const sections = Object.entries(config).flatMap(([section, values]) => {
    const usual = settings[section as keyof RunConfig] as Readonly<Record<string, { readonly default: unknown }>>;
    const changed = Object.entries(values).filter(
      ([key, value]) => !own.has(`${section}.${key}`) && JSON.stringify(value) !== JSON.stringify(usual[key]?.default),
    );
    return changed.length === 0 ? [] : [[section, Object.fromEntries(changed)]];
  });
  return Object.fromEntries(sections);
}

function figuresOf(records: Parameters<typeof courseOf>[0], outcome: Outcome | null): [string, string][] {
  const { updates, loss, evaluated } = courseOf(records);
  const figure = (value: number) => String(Number(value.toPrecision(4)));
  const atResult = evaluated.find(({ step }) => step === outcome?.resultStep) ?? evaluated.at(-1);
  const held = outcome?.heldOut;
  const base = held?.base ?? null;
  return [
    ['Updates', String(updates)],
    ...(loss ? [['Training loss', `${figure(loss.from)} → ${figure(loss.to)}`] as [string, string]] : []),
    ...(atResult ? [['Validation loss', figure(atResult.loss)] as [string, string]] : []),
    ...(held
      ? [
          [
            `Held-out ${held.metric} (${held.rows} rows)`,
            `${figure(held.tuned)}${base === null ? '' : `, base ${figure(base)}`}`,
          ] as [string, string],
        ]
      : []),
  ];
}
