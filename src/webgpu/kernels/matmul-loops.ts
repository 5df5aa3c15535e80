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

/** Which block of rows a workgroup takes. */
export const rowBlock = ({ grouping, transposeA }: MatmulSpec): string =>
  grouping === 'experts' && !transposeA ? 'block' : 'group.y';

/** Begins the body of a matmul kernel: `dims` is the segment of this workgroup, and a workgroup outside it ends. */
export function beginSegment(spec: MatmulSpec): string {
  const { grouping, tile } = spec;
  if (grouping === 'none') return '';
  if (grouping === 'experts') return beginExpert(spec);
  if (grouping === 'terms') return 'let dims = segments[0];';
  const { rows, columns } = tileSize(tile);
  return `let dims = segments[group.z];
if (group.x * ${columns}u >= dims.n || group.y * ${rows}u >= dims.m) { return; }`;
}

/**
 * `dims` becomes the product of one expert: rows are cut where those of an expert end. Where threads of a workgroup work together
 * one thread looks, since all must be known to go the same way.
 */
function beginExpert({ transposeA, tile }: MatmulSpec): string {
  const asOne = tile.kind !== 'direct';
  const look = transposeA ? 'expertOf(group.z)' : 'blockOf(group.y)';
  return `${asOne ? `if (all(local == vec3<u32>())) { place_of_group = ${look}; }` : ''}
let place = ${asOne ? 'workgroupUniformLoad(&place_of_group)' : look};
if (place.expert == dims.expertEnd) { return; }
let block = place.block;
var dims = dims;
dims.aOffset += place.begin * dims.lda;
${
  transposeA
    ? `dims.k = place.end - place.begin;
dims.bOffset += place.begin * dims.ldb;
dims.cOffset += group.z * dims.batchC;`
    : `dims.m = place.end - place.begin;
dims.bOffset += (place.expert - dims.expertBegin) * dims.batchB;
dims.cOffset += place.begin * dims.ldc;`
}`;
}

/** What `beginExpert` looks up. */
export function declareExperts({ grouping, transposeA, tile }: MatmulSpec): string {
  if (grouping !== 'experts') return '';
  const { rows } = tileSize(tile);
  return `struct Place { expert: u32, begin: u32, end: u32, block: u32 }
${tile.kind === 'direct' ? '' : 'var<workgroup> place_of_group: Place;'}
fn begin_of(expert: u32) -> u32 {
  if (expert == 0u) { return 0u; }
  return u32(ends[expert - 1u]);
}
${
  transposeA
    ? `fn expertOf(z: u32) -> Place {
  let expert = dims.expertBegin + z;
  return Place(expert, begin_of(expert), u32(ends[expert]), 0u);
}`
    : `fn blockOf(y: u32) -> Place {
  var block = y;
  var begin = begin_of(dims.expertBegin);
  for (var expert = dims.expertBegin; expert < dims.expertEnd; expert++) {
    let end = u32(ends[expert]);
    let blocks = (end - begin + ${rows - 1}u) / ${rows}u;
    if (block < blocks) { return Place(expert, begin, end, block); }
    block -= blocks;
    begin = end;
  }
  return Place(dims.expertEnd, 0u, 0u, 0u);
}`
}`;
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
