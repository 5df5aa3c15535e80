import { exampleRanges, idOrder } from '../data/attention-ranges.ts';
import type { Batch } from '../data/batches.ts';
import { maskedLabel } from '../data/examples.ts';
import { elementCount, type Graph } from '../graph/types.ts';
import { type CausalModel, rangeInputs } from '../models/model.ts';
import type { Feeds } from '../plan/executor.ts';

/** The inputs that a program reads, by name, with how many numbers each takes. */
export type InputSizes = ReadonlyMap<string, number>;

export function inputSizes({ nodes }: Graph): InputSizes {
  const sizes = new Map<string, number>();
  for (const node of nodes)
    if (node.op === 'input') sizes.set(node.attributes.name, elementCount(node.outputs[0]!.shape));
  return sizes;
}

/** The inputs of a padded batch that a program wants: tokens, shifted labels, positions and attention ranges. */
export function batchFeeds(model: CausalModel, batch: Batch, wanted: InputSizes): Feeds {
  const feeds: Record<string, Int32Array> = { ids: batch.ids, labels: batch.labels };
  for (const { keyRange, queryRange, window } of rangeInputs(model)) {
    const ranges = exampleRanges(batch.lengths, { ...batch, window });
    feeds[keyRange] = ranges.keyRange;
    feeds[queryRange] = ranges.queryRange;
    feeds.positions = ranges.positions;
  }
  if (wanted.has('idOrder')) feeds.idOrder = idOrder(batch.ids);
  if (wanted.has('positionOrder')) feeds.positionOrder = idOrder(feeds.positions!);
  const scoredRows = wanted.get('scoredRows');
  if (scoredRows !== undefined) Object.assign(feeds, scoredFeeds(batch.labels, scoredRows));
  return onlyWanted(feeds, wanted);
}

/** The tokens that have a label, and their labels; places beyond them name the first token and score nothing. */
function scoredFeeds(all: Int32Array, count: number): Record<string, Int32Array> {
  const scoredRows = new Int32Array(count);
  const labels = new Int32Array(count).fill(maskedLabel);
  let next = 0;
  for (const [row, label] of all.entries()) {
    if (label === maskedLabel) continue;
    if (next === count) throw new RangeError(`more than ${count} tokens have a label`);
    scoredRows[next] = row;
    labels[next++] = label;
  }
  return { scoredRows, labels, scoredOrder: idOrder(scoredRows) };
}

export function onlyWanted<T>(feeds: Readonly<Record<string, T>>, wanted: Pick<InputSizes, 'has'>): Record<string, T> {
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => wanted.has(name)));
}
