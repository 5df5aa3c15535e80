/** Values that are valid and do not work: named before a run begins, with one that does. */
import { rateBounds } from './recipe-constants.ts';
import { type RecipeFacts, rateFor, roomFor, roundedRate } from './recipes.ts';
import type { RunConfig } from './run-config.ts';

export type WarnedKey = 'training.learning_rate' | 'tuning.lora_r' | 'tokenizer.max_length';

export interface SettingWarning {
  readonly key: WarnedKey;
  readonly kind: 'rate-high' | 'rate-low' | 'rank-high' | 'length-short' | 'length-beyond' | 'length-long';
  readonly value: number;
  /** A value that works. */
  readonly works: number;
  /** `severe`: nothing will be learned. `note`: nothing is lost by it. */
  readonly weight: 'severe' | 'warning' | 'note';
}

/** What is known before a run, as much of it as there is. */
export interface WarningFacts extends Pick<RecipeFacts, 'parameters' | 'reach'> {
  /** Of the rows, where they are open. */
  readonly lengths: RecipeFacts['lengths'];
  /** The smaller side of the smallest matrix that LoRA goes on, where that is known. */
  readonly smallestSide: number | null;
}

/** The settings that are far outside what works, by method and size. */
export function settingWarnings(config: RunConfig, facts: WarningFacts): SettingWarning[] {
  return [rateWarning(config, facts), rankWarning(config, facts), lengthWarning(config, facts)].filter(
    (warning) => warning !== null,
  );
}

function rateWarning(config: RunConfig, facts: WarningFacts): SettingWarning | null {
  const usual = rateFor(config, facts);
  const value = config.training.learning_rate;
  const works = roundedRate(usual);
  const found = { key: 'training.learning_rate', value, works } as const;
  if (value > rateBounds.high * usual) {
    return { ...found, kind: 'rate-high', weight: value > rateBounds.breaks * usual ? 'severe' : 'warning' };
  }
  if (value < usual / rateBounds.low) {
    return { ...found, kind: 'rate-low', weight: value < usual / rateBounds.idle ? 'severe' : 'warning' };
  }
  return null;
}

/** A product of rank r of matrices with a side below r has no more freedom than the matrix itself. */
function rankWarning({ tuning }: RunConfig, { smallestSide: side }: WarningFacts): SettingWarning | null {
  if (tuning.method !== 'lora' || side === null || tuning.lora_r <= side) return null;
  const works = 2 ** Math.max(0, Math.floor(Math.log2(side / 4)));
  return { key: 'tuning.lora_r', kind: 'rank-high', value: tuning.lora_r, works, weight: 'warning' };
}

function lengthWarning({ tokenizer }: RunConfig, { lengths, reach }: WarningFacts): SettingWarning | null {
  const value = tokenizer.max_length;
  const found = { key: 'tokenizer.max_length', value } as const;
  if (!lengths) return null;
  const works = roomFor({ lengths, reach });
  // Most rows lose a part; what is learned of them may be gone. What no length holds is said of the rows.
  if (value < lengths.median && value < works) return { ...found, kind: 'length-short', works, weight: 'severe' };
  if (reach !== null && value > reach && lengths.longest > reach)
    return { ...found, kind: 'length-beyond', works: reach, weight: 'warning' };
  return value > 8 * works ? { ...found, kind: 'length-long', works, weight: 'note' } : null;
}

/** The smaller side of the smallest matrix among some modules; null where there is none. */
export function smallestSide(
  parameters: readonly { readonly module: string; readonly shape: readonly number[] }[],
  modules: Iterable<string>,
): number | null {
  const chosen = new Set(modules);
  const sides = parameters.flatMap(({ module, shape }) =>
    shape.length === 2 && chosen.has(module) ? [Math.min(...shape)] : [],
  );
  return sides.length === 0 ? null : sides.reduce((least, side) => Math.min(least, side));
}
