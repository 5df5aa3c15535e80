import type { Plan } from './types.ts';

/** The bytes of transient values that are alive while one dispatch runs. */
export interface AliveBytes {
  /** Activations that wait for the backward pass. */
  readonly kept: number;
  /** Everything else: what one dispatch hands to the next few. */
  readonly working: number;
}

/** For each dispatch of a program, in order. No sum is over what the pool of the plan has room for. */
export function aliveBytes({ dispatches, lives }: Pick<Plan, 'dispatches' | 'lives'>): AliveBytes[] {
  const changes = { kept: new Float64Array(dispatches.length + 1), working: new Float64Array(dispatches.length + 1) };
  for (const { first, last, bytes, kept } of lives) {
    const change = kept ? changes.kept : changes.working;
    change[first]! += bytes;
    change[last + 1]! -= bytes;
  }
  const now = { kept: 0, working: 0 };
  return dispatches.map((_, index) => {
    now.kept += changes.kept[index]!;
    now.working += changes.working[index]!;
    return { ...now };
  });
}

/** The last dispatch with the most kept activations: behind it they only become fewer. */
export function turnOf(alive: readonly AliveBytes[]): number {
  const most = Math.max(0, ...alive.map(({ kept }) => kept));
  return alive.findLastIndex(({ kept }) => kept === most);
}
