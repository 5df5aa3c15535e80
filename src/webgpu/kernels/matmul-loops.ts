import { maxSegments } from '../../plan/kernels/definition.ts';
import type { MatmulSpec } from '../../plan/kernels/matmul.ts';
import { tileSize } from '../../plan/tiles.ts';

/** One product that a kernel adds to its accumulators. */
export interface ProductLoop {
  /** Of the second pair of factors. */
  readonly second: boolean;
  /** Where a factor begins, by its name: an expression in elements. */
  readonly base: (name: string) => string;
  /** How many values of k there are: an expression. */
  readonly count: string;
}

/** Begins the body of a matmul kernel: `dims` is the segment of this workgroup, and a workgroup outside it ends. */
export function beginSegment({ grouping, tile }: MatmulSpec): string {
  if (grouping === 'none') return '';
  if (grouping === 'terms') return 'let dims = segments[0];';
  const { rows, columns } = tileSize(tile);
  return `let dims = segments[group.z];
if (group.x * ${columns}u >= dims.n || group.y * ${rows}u >= dims.m) { return; }`;
}

/** The loops over k of all products that one output is the sum of. */
export function productLoops({ grouping, second }: MatmulSpec, loop: (product: ProductLoop) => string): string {
  const alone = grouping === 'none';
  const first = loop({
    second: false,
    base: (name) => `dims.${name}Offset${alone ? ` + group.z * dims.batch${name.toUpperCase()}` : ''}`,
    count: alone ? 'min(dims.k, dims.kEnd - group.z * dims.kStep)' : 'dims.k',
  });
  const other = loop({ second: true, base: (name) => `dims.${name}Offset`, count: 'dims.k2' });
  const products = second === 'none' ? first : `${first}\n${other}`;
  if (grouping !== 'terms') return products;
  return `for (var term = 0u; term < ${maxSegments}u; term++) {
let dims = segments[term];
if (dims.k + dims.k2 == 0u) { break; }
${products}
}`;
}
