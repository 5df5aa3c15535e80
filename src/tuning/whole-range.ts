/** Attention that hides nothing: inputs whose values follow from their names. */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';

const prefix = 'whole/';

/** i32 [rows, 2]: the whole range [0, count) for each row, as attention reads it. */
export const wholeRange = (builder: GraphBuilder, rows: number, count: number): Value =>
  builder.input(`${prefix}${count}`, { shape: [rows, 2], dtype: 'i32' });

/** What the whole ranges among the inputs of a program hold; `inputs` gives how many numbers each input takes. */
export function wholeRangeFeeds(inputs: ReadonlyMap<string, number>): Record<string, Int32Array> {
  const names = [...inputs.keys()].filter((name) => name.startsWith(prefix));
  return Object.fromEntries(
    names.map((name) => {
      const count = Number(name.slice(prefix.length));
      return [name, Int32Array.from({ length: inputs.get(name)! }, (_, index) => (index % 2) * count)];
    }),
  );
}
