import { exampleRanges, idOrder } from '../data/attention-ranges.ts';
import type { Batch } from '../data/batches.ts';
import type { Graph } from '../graph/types.ts';
import { type CausalModel, rangeInputs } from '../models/model.ts';
import type { Feeds } from '../plan/executor.ts';

/** Names of the inputs that a program reads. */
export function inputNames({ nodes }: Graph): ReadonlySet<string> {
  return new Set(nodes.filter((node) => node.op === 'input').map((node) => node.attributes.name));
}

/** The inputs of a padded batch that a program wants: tokens, shifted labels, positions and attention ranges. */
export function batchFeeds(model: CausalModel, batch: Batch, wanted: ReadonlySet<string>): Feeds {
  const feeds: Record<string, Int32Array> = { ids: batch.ids, labels: batch.labels };
  for (const { keyRange, queryRange, window } of rangeInputs(model)) {
    const ranges = exampleRanges(batch.lengths, { ...batch, window });
    feeds[keyRange] = ranges.keyRange;
    feeds[queryRange] = ranges.queryRange;
    feeds.positions = ranges.positions;
  }
  if (wanted.has('idOrder')) feeds.idOrder = idOrder(batch.ids);
  if (wanted.has('positionOrder')) feeds.positionOrder = idOrder(feeds.positions!);
  return onlyWanted(feeds, wanted);
}

export function onlyWanted<T>(feeds: Readonly<Record<string, T>>, wanted: ReadonlySet<string>): Record<string, T> {
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => wanted.has(name)));
}
