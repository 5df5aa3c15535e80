/** A shared run beside the one that does it again: what they are made with, and their curves. */

import type { RunConfig } from '../../training/config/run-config.ts';
import type { Identity, SharedView, StepMetrics } from '../../worker/protocol.ts';
import { changedKeys } from '../own-settings.ts';

/** Name what is open here, or say how its files are read, which the hashes of the data look at. */
const ofThisComputer = new Set([
  'model.llm_backbone',
  'model.revision',
  'dataset.train_dataframe',
  'dataset.validation_dataframe',
  'dataset.encoding',
  'dataset.delimiter',
  'environment.experiment_name',
  'environment.output_directory',
]);

/** Settings that are not as in the shared run; of those that it kept back nobody knows. */
export const differingKeys = ({ detail, leftOut }: SharedView, config: RunConfig): string[] =>
  changedKeys(detail.config, config).filter((key) => !ofThisComputer.has(key) && !leftOut.includes(key as never));

export type PartName = 'weights' | 'tokenizer' | 'config' | 'table' | 'validation' | 'rows';

/** `missing`: not open here; `unknown`: one of the two has no hash. */
export type PartState = 'same' | 'differs' | 'missing' | 'unknown' | 'checking';

interface Here {
  readonly identity: (Identity & { readonly rows?: string | null }) | null;
  readonly hasModel: boolean;
  readonly hasTable: boolean;
  readonly hasValidation: boolean;
}

/** Each part of model and data, and whether it is the one of the shared run. */
export function comparedParts(
  shared: SharedView,
  here: Here,
): { readonly part: PartName; readonly state: PartState }[] {
  const { model, data, detail } = shared;
  const { identity, hasModel, hasTable, hasValidation } = here;
  const own = detail.config.dataset.validation_strategy === 'custom';
  const of = (part: PartName, is: boolean, theirs: string | null | undefined, ours: string | null | undefined) => [
    { part, state: stateOf(is, identity === null, theirs ?? null, ours ?? null) },
  ];
  const readsText = model.hashes?.tokenizer !== null || identity?.model?.tokenizer != null;
  return [
    ...of('weights', hasModel, model.hashes?.weights, identity?.model?.weights),
    ...(readsText ? of('tokenizer', hasModel, model.hashes?.tokenizer, identity?.model?.tokenizer) : []),
    ...of('config', hasModel, model.hashes?.config, identity?.model?.config),
    ...of('table', hasTable, data.table, identity?.table),
    ...(own ? of('validation', hasValidation, data.validation, identity?.validation) : []),
    ...(identity?.rows === undefined || data.rows === null ? [] : of('rows', true, data.rows, identity.rows)),
  ];
}

function stateOf(isThere: boolean, isChecking: boolean, theirs: string | null, ours: string | null): PartState {
  if (!isThere) return 'missing';
  if (isChecking) return 'checking';
  if (theirs === null || ours === null) return 'unknown';
  return theirs === ours ? 'same' : 'differs';
}

export interface Agreement {
  /** `same` to the digits that are shared; `close`: no further apart than rounding takes them. */
  readonly kind: 'same' | 'close' | 'apart' | 'none';
  /** Losses compared, of so many that were shared. */
  readonly compared: number;
  readonly of: number;
  /** The largest difference as a share of the shared loss, and its step. */
  readonly largest: { readonly share: number; readonly step: number } | null;
}

/** Losses are shared with seven digits: half of the last one, and f32's own. */
const sameWithin = 1e-6;
/** What another GPU's order of additions does to the losses of a run of hundreds of steps. */
const closeWithin = 1e-2;

/** Training and validation losses of two runs, step by step. */
export function agreementOf(theirs: readonly StepMetrics[], ours: readonly StepMetrics[]): Agreement {
  const known = new Map(ours.map((metrics) => [metrics.step, metrics]));
  const values = theirs.flatMap(({ step, loss, evalLoss }) => {
    const { loss: ownLoss, evalLoss: ownEval } = known.get(step) ?? {};
    return [
      { step, theirs: loss, ours: ownLoss },
      { step, theirs: evalLoss, ours: ownEval },
    ];
  });
  const shared = values.filter(({ theirs }) => Number.isFinite(theirs));
  const shares = shared.flatMap(({ step, theirs, ours }) =>
    ours === undefined ? [] : [{ step, share: shareOf(theirs!, ours) }],
  );
  const largest = shares.reduce<Agreement['largest']>(
    (most, each) => (most === null || each.share > most.share ? each : most),
    null,
  );
  const counts = { compared: shares.length, of: shared.length, largest };
  if (largest === null) return { kind: 'none', ...counts };
  return { kind: largest.share <= sameWithin ? 'same' : largest.share <= closeWithin ? 'close' : 'apart', ...counts };
}

/** A loss that is no number here is as far from one as can be. */
const shareOf = (theirs: number, ours: number): number =>
  Number.isFinite(ours) ? Math.abs(ours - theirs) / Math.max(Math.abs(theirs), 1e-12) : Number.POSITIVE_INFINITY;
