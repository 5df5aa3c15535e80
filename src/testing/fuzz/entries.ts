/** What takes files and texts of strangers: each with valid ones that are changed, and what is done with the result. */
import type { Random } from './mutate.ts';

export interface Input {
  /** For the bound of memory. */
  readonly size: number;
  /** Reads it; throws AppError or nothing. */
  run(): unknown;
}

export interface Entry {
  readonly name: string;
  /** The input of one number, which `random` is made from. */
  input(random: Random): Input;
}

export async function allEntries(): Promise<readonly Entry[]> {
  const groups = await Promise.all([
    import('./entries-data.ts'),
    import('./entries-models.ts'),
    import('./entries-texts.ts'),
    import('./entries-runs.ts'),
  ]);
  const entries = await Promise.all(groups.map((group) => group.entries()));
  return entries.flat();
}
