import type { RunSummary } from '../../../worker/protocol.ts';

export type SortKey = 'created' | 'name' | 'method' | 'learningRate' | 'trainingRows' | 'step' | 'evalLoss' | 'heldOut';

export interface Order {
  readonly key: SortKey;
  readonly descending: boolean;
}

/** The newest first. */
export const usualOrder: Order = { key: 'created', descending: true };

/** What a click on a column makes of the order: it, the least first; then the greatest; then as it was at first. */
export function nextOrder(order: Order, key: SortKey): Order {
  if (order.key !== key) return { key, descending: false };
  return order.descending ? usualOrder : { key, descending: true };
}

/** The runs that hold every word of `filter` in what their row says, in order; what is unknown comes last. */
export function listed(runs: readonly RunSummary[], filter: string, { key, descending }: Order): readonly RunSummary[] {
  const words = filter.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const holds = ({ name, model, method }: RunSummary) => {
    const text = `${name} ${model} ${method}`.toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  };
  return runs.filter(holds).sort((a, b) => {
    const [x, y] = [sortedBy(a, key), sortedBy(b, key)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    const order = typeof x === 'string' ? x.localeCompare(String(y)) : x - Number(y);
    return descending ? -order : order;
  });
}

/** Runs are put in order of their scores, whatever they are counted by: those of one kind then stand in theirs. */
const sortedBy = (run: RunSummary, key: SortKey): string | number | null =>
  key === 'heldOut' ? (run.heldOut?.tuned ?? null) : run[key];
