import type { RowList } from '../../data/built-rows.ts';
import { type Example, scoredTokenCount, wholeLengthOf } from '../../data/examples.ts';
import { effectiveTemplate } from '../../data/prompt-templates.ts';
import type { RowFinding } from '../../tasks/findings.ts';
import { objectiveOf } from '../../tasks/registry.ts';
import { rowProblems } from '../../tasks/row-problems.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import { drawnSchedule, scheduleOf, totalSteps } from '../../training/programs/schedule.ts';
import { stepsPerEpochOf } from '../../training/session/run-work.ts';
import type { FittedModel } from '../models/fitted-model.ts';
import type { DataPreview } from './messages.ts';
import type { OpenedTable } from './opened-table.ts';
import type { PreparedRows } from './prepared-rows.ts';

/** Of a longer row, the beginning and the end. */
const shownTokens = 400;
const histogramBars = 24;

/** What a run would learn from. */
export function dataPreview(
  fitted: FittedModel,
  { table }: OpenedTable,
  config: RunConfig,
  { data, problem, rows, scale, validationScale }: PreparedRows,
): DataPreview {
  const { open, tokenizer } = fitted.opened;
  const examples = data?.trainExamples.examples ?? [];
  const cut = data?.trainExamples.problems;
  const stepsPerEpoch = data ? stepsPerEpochOf(data, config, scale) : 0;
  const steps = data ? totalSteps(config.training, stepsPerEpoch) : 0;
  const schedule = scheduleOf(config.training, stepsPerEpoch, steps);
  const scaled = (count: number, by = scale) => Math.round(count * by);
  return {
    trainingRows: scaled(data?.counts.training ?? 0),
    validationRows: scaled(data?.counts.held ?? 0, validationScale),
    sampled: scale === 1 ? null : { rows: Math.round(table.rows.length / scale), of: table.rows.length },
    rows: rows.map((row) => ({ ...row, ...withoutMiddle(row.tokens) })),
    truncatedRows: cut ? cut['too-long'].length + cut['text-too-long'].length : 0,
    problems: data ? rowProblems(data, config) : [],
    classes: fitted.classes,
    learnedTokens: scaled(sumOf(examples, scoredTokenCount)),
    totalTokens: scaled(sumOf(examples, ({ ids }) => ids.length)),
    histogram: histogramOf(examples, objectiveOf(open.model).longestRow(open.model, null, config)),
    batchLength: data?.train.largestLength ?? 0,
    fillRatio: data?.train.fillRatio() ?? 0,
    stepsPerEpoch,
    totalSteps: steps,
    warmupSteps: schedule.warmupSteps,
    schedule: drawnSchedule(schedule),
    findings: (data?.findings ?? []).map((finding) => scaledFinding(finding, scale)),
    problem: problem ? { code: problem.code, params: problem.params } : null,
    template: tokenizer ? effectiveTemplate(config.dataset.prompt_template, tokenizer) : '',
  };
}

/** Counts of a sample as those of the whole table; lengths are no counts. */
function scaledFinding(finding: RowFinding, scale: number): RowFinding {
  const { rows, of, ...others } = finding.params;
  const scaled = Object.entries({ rows, of }).flatMap(([name, count]) =>
    typeof count === 'number' ? [[name, Math.round(count * scale)] as const] : [],
  );
  return { ...finding, params: { ...others, ...Object.fromEntries(scaled) } };
}

function withoutMiddle<T>(tokens: readonly T[]): { tokens: readonly T[]; hidden: number } {
  const hidden = Math.max(0, tokens.length - shownTokens);
  if (hidden === 0) return { tokens, hidden };
  const half = shownTokens / 2;
  return { tokens: [...tokens.slice(0, half), ...tokens.slice(-half)], hidden };
}

function sumOf(examples: RowList<Example>, count: (example: Example) => number): number {
  let sum = 0;
  for (const example of examples) sum += count(example);
  return sum;
}

/** Rows by what they would have without a limit, up to twice the limit. */
function histogramOf(examples: RowList<Example>, limit: number): DataPreview['histogram'] {
  const lengths = Array.from(examples, (example) => Math.min(wholeLengthOf(example), 2 * limit));
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  const width = Math.max(1, Math.ceil((longest + 1) / histogramBars));
  const counts = Array<number>(Math.floor(longest / width) + 1).fill(0);
  for (const length of lengths) counts[Math.floor(length / width)]!++;
  return { width, counts, limit };
}
