import type { ExampleRow } from './examples.ts';
import { randomSource } from './shuffle.ts';

/** Names as in the run config's `augmentation` section. */
export interface AugmentationSettings {
  readonly skip_parent_probability: number;
  readonly random_parent_probability: number;
}

const augmentStream = 0x61756731;

/**
 * Changes what stands before the last turns of conversations, as H2O LLM Studio does: each earlier turn is left out with
 * `skip_parent_probability`; then, with `random_parent_probability`, a turn drawn from all rows takes the place of the
 * first that is left (or stands before the row, where none is). Drawn once for a run, by seed and the row's place.
 */
export function augmentHistories(
  rows: readonly ExampleRow[],
  settings: AugmentationSettings,
  seed: number,
): readonly ExampleRow[] {
  const { skip_parent_probability: skip, random_parent_probability: replace } = settings;
  if (skip === 0 && replace === 0) return rows;
  return rows.map((row, index) => {
    const random = randomSource(seed, augmentStream, index);
    const chance = () => random() / 2 ** 32;
    const kept = (row.history ?? []).filter(() => chance() >= skip);
    if (chance() >= replace) return { ...row, history: kept };
    const other = rows[Math.floor(chance() * rows.length)]!;
    return { ...row, history: [other, ...kept.slice(1)] };
  });
}
