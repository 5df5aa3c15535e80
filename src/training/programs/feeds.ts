import type { Batch } from '../../data/batches.ts';
import { elementCount, type Graph } from '../../graph/types.ts';
import type { Model } from '../../models/model.ts';
import type { Feeds } from '../../plan/executor.ts';
import type { InputSizes } from '../../tasks/inputs.ts';
import { objectiveOf } from '../../tasks/registry.ts';
import type { VirtualTokens } from '../../tuning/method.ts';
import { wholeRangeFeeds } from '../../tuning/whole-range.ts';

export function inputSizes({ nodes }: Graph): InputSizes {
  const sizes = new Map<string, number>();
  for (const node of nodes)
    if (node.op === 'input') sizes.set(node.attributes.name, elementCount(node.outputs[0]!.shape));
  return sizes;
}

/** The inputs of a batch that a program wants. `virtual`: the tokens that an adapter puts before each row. */
export const batchFeeds = (model: Model, batch: Batch, wanted: InputSizes, virtual?: VirtualTokens): Feeds =>
  fedTo(wanted, objectiveOf(model).feeds(model, batch, wanted, virtual));

/** What a program reads of these inputs, and the ranges that follow from its own shape. */
export function fedTo(wanted: InputSizes, feeds: Feeds): Feeds {
  return { ...onlyWanted(feeds, wanted), ...wholeRangeFeeds(wanted) };
}

export function onlyWanted<T>(feeds: Readonly<Record<string, T>>, wanted: Pick<InputSizes, 'has'>): Record<string, T> {
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => wanted.has(name)));
}
