/** What the files of a run hold: whatever does not fit was not written by this program. */
import * as v from 'valibot';

export interface MetricsRecord {
  readonly step: number;
  readonly [name: string]: number | string | null;
}

/** A record of what was answered at one evaluation. */
export interface SamplesRecord {
  readonly step: number;
  readonly samples: unknown;
  readonly [name: string]: unknown;
}

/** What was measured of the weights at one evaluation; what is null is not known. */
export interface InsideRecord {
  readonly step: number;
  readonly weights: readonly {
    readonly name: string;
    readonly gradient: number | null;
    readonly change: number | null;
    readonly norm: number | null;
  }[];
}

const step = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Its settings are read elsewhere (`parseRunConfig`). */
export const runConfigFile = v.custom<object>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

export const runInfo = v.looseObject({
  fingerprint: v.string(),
  created: v.pipe(
    v.string(),
    v.check((text) => !Number.isNaN(Date.parse(text))),
  ),
});

/** Older versions scored no answers. */
const samplesRecord = v.looseObject({
  step,
  samples: v.array(
    v.looseObject({
      prompt: v.string(),
      expected: v.string(),
      base: v.nullable(v.string()),
      tuned: v.string(),
      score: v.optional(v.nullable(v.number())),
    }),
  ),
  score: v.optional(v.nullable(v.looseObject({ metric: v.string(), value: v.nullable(v.number()), note: v.string() }))),
});

export const isSamplesRecord = (value: unknown): value is SamplesRecord => v.is(samplesRecord, value);

const insideRecord = v.object({
  step,
  weights: v.array(
    v.object({
      name: v.string(),
      gradient: v.nullable(v.number()),
      change: v.nullable(v.number()),
      norm: v.nullable(v.number()),
    }),
  ),
});

export const isInsideRecord = (value: unknown): value is InsideRecord => v.is(insideRecord, value);

/** By hand: of a long run there are a hundred thousand of them. */
export function isMetricsRecord(value: unknown): value is MetricsRecord {
  if (typeof value !== 'object' || value === null || !v.is(step, (value as { step?: unknown }).step)) return false;
  return Object.values(value).every((each) => each === null || typeof each === 'number' || typeof each === 'string');
}
