/** A sweep as it stands in the form: what is typed, good or not. The worker says what is wrong with it. */
import { settingAt } from '../../../../sweeps/swept-keys.ts';
import { valueInWords } from '../../../../training/config/run-config.ts';
import type { SweepGiven } from '../../../../worker/protocol.ts';

export interface DraftRow {
  /** A key of the run config, as `training.learning_rate`. */
  readonly key: string;
  readonly kind: 'values' | 'linear' | 'log';
  /** Separated by commas; lists as JSON. */
  readonly values: string;
  readonly from: string;
  readonly to: string;
  readonly count: string;
}

export interface Draft {
  readonly search: 'grid' | 'random';
  readonly trials: string;
  readonly score: 'validation_loss' | 'metric';
  readonly halving: boolean;
  readonly rungs: string;
  readonly keep: string;
  readonly seed: number | null;
  readonly rows: readonly DraftRow[];
}

/** A row for a setting, around the value that it has. */
export function rowFor(key: string, value: unknown): DraftRow {
  const setting = settingAt(key);
  const empty = { key, kind: 'values' as const, values: '', from: '', to: '', count: '3' };
  const choices = setting?.kind === 'switch' ? [true, false] : setting?.choices;
  if (choices) return { ...empty, values: choices.map(String).join(', ') };
  if (setting?.kind === 'number') return { ...empty, values: valueInWords(value) };
  return { ...empty, values: valueInWords(value ?? '') };
}

/** The learning rate, a factor of ten to either side: what matters most where nothing is known. */
export function firstDraft(rate: number): Draft {
  const around = (factor: number) => String(Number((rate * factor).toPrecision(3)));
  const row = { ...rowFor('training.learning_rate', rate), kind: 'log' as const, from: around(0.1), to: around(10) };
  return {
    ...{ search: 'random', trials: '8', score: 'validation_loss', halving: false, rungs: '', keep: '0.5', seed: null },
    rows: [row],
  };
}

/** What a file would say of it. */
export function givenOf({ search, trials, score, halving, rungs, keep, seed, rows }: Draft): SweepGiven {
  return {
    search,
    ...(search === 'random' ? { trials: numberOf(trials) } : {}),
    ...(seed === null ? {} : { seed }),
    score,
    ...(halving ? { halving: { rungs: listOf(rungs).map(numberOf), keep: numberOf(keep) } } : {}),
    settings: Object.fromEntries(rows.map((row) => [row.key, triedOf(row, search)])),
  };
}

function triedOf({ key, kind, values, from, to, count }: DraftRow, search: Draft['search']): unknown {
  if (kind !== 'values') {
    const ends = { from: numberOf(from), to: numberOf(to), scale: kind };
    return search === 'grid' ? { ...ends, count: numberOf(count) } : ends;
  }
  const setting = settingAt(key);
  if (setting?.kind === 'number') return listOf(values).map(numberOf);
  if (setting?.kind === 'switch') return listOf(values).map((text) => ({ true: true, false: false })[text] ?? text);
  if (setting?.kind === 'choice' || setting?.kind === 'text') return listOf(values);
  try {
    return JSON.parse(`[${values}]`);
  } catch {
    return listOf(values);
  }
}

const listOf = (text: string): string[] =>
  text
    .split(/[,、]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** What is no number stays a text, of which the worker says so. */
const numberOf = (text: string): number | string =>
  text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);

/** The form of what a file says, which is known to be a sweep. */
export function draftOf(given: SweepGiven, before: Draft): Draft {
  const { search, trials, score, halving, seed, settings } = given as {
    search: Draft['search'];
    trials?: number;
    score: Draft['score'];
    halving?: { rungs: readonly number[]; keep: number };
    seed?: number;
    settings: Readonly<
      Record<string, readonly unknown[] | { from: number; to: number; scale: 'linear' | 'log'; count?: number }>
    >;
  };
  return {
    search,
    trials: trials === undefined ? before.trials : String(trials),
    score,
    halving: halving !== undefined,
    rungs: halving ? halving.rungs.join(', ') : before.rungs,
    keep: halving ? String(halving.keep) : before.keep,
    seed: seed ?? null,
    rows: Object.entries(settings).map(([key, tried]): DraftRow => {
      const row = { key, values: '', from: '', to: '', count: '3' };
      if ('from' in tried) {
        const { from, to, scale, count = 3 } = tried;
        return { ...row, kind: scale, from: String(from), to: String(to), count: String(count) };
      }
      const written = ['number', 'switch', 'choice', 'text'].includes(settingAt(key)?.kind ?? '')
        ? String
        : valueInWords;
      return { ...row, kind: 'values', values: tried.map(written).join(', ') };
    }),
  };
}
