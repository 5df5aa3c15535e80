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

/** By what they read: a process loads the code of one group alone. */
const groups = {
  data: () => import('./entries-data.ts'),
  models: () => import('./entries-models.ts'),
  texts: () => import('./entries-texts.ts'),
  runs: () => import('./entries-runs.ts'),
  plans: () => import('./entries-plans.ts'),
  rows: () => import('./entries-rows.ts'),
};
export type Group = keyof typeof groups;
export const groupNames = Object.keys(groups) as Group[];

export const entriesOf = async (group: Group): Promise<readonly Entry[]> => (await groups[group]()).entries();
