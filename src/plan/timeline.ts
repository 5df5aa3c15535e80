import type { Plan } from './types.ts';

/** The bytes of transient values that are alive while one dispatch runs. */
export interface AliveBytes {
  /** Made before the first gradient and read after it: activations that the backward pass waits for. */
  readonly kept: number;
  /** Everything else: what one dispatch hands to the next few. */
  readonly working: number;
}

/** For each dispatch of a program, in order. No sum is over what the pool of the plan has room for. */
export function aliveBytes({ dispatches, lives }: Pick<Plan, 'dispatches' | 'lives'>): AliveBytes[] {
  const turn = firstGradient(dispatches);
  const changes = { kept: new Float64Array(dispatches.length + 1), working: new Float64Array(dispatches.length + 1) };
  for (const { first, last, bytes } of lives) {
    const change = first < turn && last > turn ? changes.kept : changes.working;
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

/** The first dispatch that adds to a gradient sum; where the backward pass begins to have results. */
export function firstGradient(dispatches: Plan['dispatches']): number {
  const index = dispatches.findIndex(({ bindings }) =>
    bindings.some(
      ({ buffer, access }) => access === 'read_write' && buffer.startsWith('persistent/gradient/gradient/'),
    ),
  );
  return index < 0 ? dispatches.length : index;
}
