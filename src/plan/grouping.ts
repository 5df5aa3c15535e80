import { elementsIn } from '../graph/types.ts';
import { DependencyGraph } from './dependencies.ts';
import { maxSegments } from './kernels/definition.ts';
import type { MatmulSpec } from './kernels/matmul.ts';
import { type KernelSpec, offsetField, specText } from './kernels.ts';
import { type PendingDispatch, usesOf } from './lowering/context.ts';
import type { DeviceProfile } from './profile.ts';
import { type Footprint, footprintOf, isSameStorage, overlap, planRegion, type Region } from './regions.ts';
import { type Storage, storageBytes, type Use } from './storage.ts';
import { narrowPairTile, tileSize } from './tiles.ts';

/** How far ahead a partner is looked for: about what one layer takes. */
const lookAhead = 48;

type GroupableSpec = Extract<KernelSpec, { readonly grouping: string }>;

/** A dispatch of a kernel that can take several pieces of work. */
interface Groupable extends PendingDispatch {
  readonly spec: GroupableSpec;
}

/**
 * Makes one dispatch of products that belong together, and moves dispatches so that it can be:
 * - products added into one output (a gradient from several readers) become one sum of terms;
 * - products of one form that share an operand or a module (q, k and v; gate and up; their low-rank updates and their
 *   gradients) become parts of one dispatch, and so do the rotations of queries and keys, and dropouts;
 * - the gradients of B and A of a low-rank update share a dispatch although their operands lie apart.
 * Sums keep the order of their terms, and what depends on something stays behind it.
 */
export function groupDispatches(dispatches: readonly PendingDispatch[], profile: DeviceProfile): PendingDispatch[] {
  return new Grouping(dispatches, profile).run();
}

/** One dispatch, or several that have become one. */
interface Group {
  readonly members: readonly number[];
  readonly dispatch: PendingDispatch;
}

class Grouping {
  private readonly graph: DependencyGraph;
  /** By the index of each member. */
  private readonly groups: Group[];

  /** Equal numbers stand for equal specs: each is compared with many. */
  private readonly forms: readonly number[];

  constructor(
    private readonly dispatches: readonly PendingDispatch[],
    private readonly profile: DeviceProfile,
  ) {
    const numbers = new Map<string, number>();
    this.forms = dispatches.map(({ spec }) => {
      const text = specText(spec);
      numbers.set(text, numbers.get(text) ?? numbers.size);
      return numbers.get(text)!;
    });
    this.graph = new DependencyGraph(dispatches, 2 * lookAhead);
    this.groups = dispatches.map((dispatch, index) => ({ members: [index], dispatch }));
  }

  run(): PendingDispatch[] {
    for (const index of this.dispatches.keys()) this.collectTerms(index);
    for (const index of this.dispatches.keys()) this.collectParts(index);
    // Tiles of a software adapter are long and thin where a product is: one tile for both would cost more than it saves.
    if (!this.profile.software) for (const index of this.dispatches.keys()) this.pairGradients(index);
    return this.graph.order().map((index) => this.groups[index]!.dispatch);
  }

  private collectTerms(index: number): void {
    const first = this.single(index);
    if (first === undefined || first.spec.kernel !== 'matmul') return;
    const members = [index];
    for (let other = index + 1; other < this.horizon(index); other++) {
      const candidate = this.single(other);
      if (candidate === undefined || !addsInto(candidate, first)) continue;
      if (members.length === maxSegments || !this.graph.follows(members, other)) break;
      members.push(other);
    }
    this.merge(members, 'terms');
  }

  private collectParts(index: number): void {
    const first = this.single(index);
    if (first === undefined) return;
    const members = [index];
    for (let other = index + 1; other < this.horizon(index); other++) {
      const candidate = this.forms[other] === this.forms[index] ? this.single(other) : undefined;
      if (candidate === undefined || !isSibling(candidate, first)) continue;
      if (members.length === maxSegments) break;
      if (this.graph.areIndependent(members, other)) members.push(other);
    }
    // A partner that no binding can reach must not keep the others apart.
    while (members.length > 1 && !this.merge(members, 'parts')) members.pop();
  }

  private pairGradients(index: number): void {
    const own = this.groups[index]!;
    if (own.members[0] !== index || !isNarrowGradient(own.dispatch)) return;
    for (let other = index + 1; other < this.horizon(index); other++) {
      const partner = this.groups[other]!;
      if (partner === own || partner.members[0] !== other || !isNarrowGradient(partner.dispatch)) continue;
      if (!isOfOneModule(own.dispatch, partner.dispatch) || !this.graph.areIndependent([index], other)) continue;
      const dispatch = pairOf(own.dispatch, partner.dispatch, this.profile);
      if (dispatch === undefined) continue;
      this.setGroup([...own.members, ...partner.members], dispatch);
      return;
    }
  }

  private merge(members: readonly number[], grouping: 'parts' | 'terms'): boolean {
    if (members.length === 1) return false;
    const all = members.map((member) => this.dispatches[member] as Groupable);
    const regions = joinBindings(all, this.profile);
    if (regions === undefined) return false;
    this.setGroup(members, grouped(all, regions, grouping));
    return true;
  }

  private setGroup(members: readonly number[], dispatch: PendingDispatch): void {
    const group = { members: members.toSorted((a, b) => a - b), dispatch };
    for (const member of members) this.groups[member] = group;
    this.graph.contract(members);
  }

  /** A dispatch that is in no group yet and could be. */
  private single(index: number): Groupable | undefined {
    const { members, dispatch } = this.groups[index]!;
    return members.length === 1 && isGroupable(dispatch) ? dispatch : undefined;
  }

  /** Where the search for partners ends. */
  private horizon(index: number): number {
    return Math.min(this.dispatches.length, index + lookAhead);
  }
}

function isGroupable(dispatch: PendingDispatch): dispatch is Groupable {
  const { spec, workgroups, isPartial, uniforms } = dispatch;
  if (spec.kernel === 'matmul')
    return spec.grouping === 'none' && !spec.gated && !isPartial && workgroups[2] === 1 && uniforms[0]!.kStep === 0;
  return 'grouping' in spec;
}

/** Uniform fields that must be equal for one output to be the sum of both. */
const outputFields = ['m', 'n', 'ldc', 'cOffset', 'scale'] as const;

/** Whether `candidate` adds its product to what `first` writes. */
function addsInto(candidate: Groupable, first: Groupable): boolean {
  const [a, b] = [candidate.spec, first.spec];
  if (a.kernel !== 'matmul' || b.kernel !== 'matmul' || a.addend !== 'self') return false;
  return (
    isSameStorage(storageOf(candidate, 'out')!, storageOf(first, 'out')!) &&
    outputFields.every((field) => candidate.uniforms[0]![field] === first.uniforms[0]![field]) &&
    isSameSpec({ ...a, addend: b.addend }, b)
  );
}

/** Whether two dispatches of one form belong together: they read the same value, or are of one module. */
function isSibling(candidate: Groupable, first: Groupable): boolean {
  if (candidate.uses.some((use) => readsValue(use) && first.uses.some((other) => readsSame(use, other)))) return true;
  const isGradient = candidate.spec.kernel === 'matmul' && candidate.spec.addend === 'kept';
  return !isGradient && isOfOneModule(candidate, first);
}

const isSameSpec = (a: KernelSpec, b: KernelSpec): boolean => specText(a) === specText(b);

const readsValue = ({ storage, write }: Use): boolean => !write && storage.kind === 'transient';

const wholeOf = (storage: Storage): unknown =>
  storage.kind === 'transient' ? (storage.home?.whole ?? storage) : undefined;

const readsSame = (use: Use, other: Use): boolean => !other.write && wholeOf(use.storage) === wholeOf(other.storage);

const moduleOf = (scope: string): string => scope.slice(0, scope.lastIndexOf('.'));

const isOfOneModule = (a: PendingDispatch, b: PendingDispatch): boolean =>
  a.scope !== '' && moduleOf(a.scope) === moduleOf(b.scope);

const storageOf = ({ uses }: PendingDispatch, name: string): Storage | undefined =>
  uses.find((use) => use.name === name)?.storage;

/** One region for each binding of the first dispatch; undefined where there is none or where two would overlap. */
function joinBindings(dispatches: readonly Groupable[], profile: DeviceProfile): Region[] | undefined {
  const { spec, uses } = dispatches[0]!;
  const plans = uses.map(({ name }) => {
    const storages = dispatches.flatMap((dispatch) => storageOf(dispatch, name) ?? []);
    const plan = planRegion(storages, profile);
    const isOne = storages.every((storage) => isSameStorage(storage, storages[0]!));
    // Parts of a buffer can only be told apart by where they begin.
    return isOne || offsetField(spec, name) !== undefined ? plan : undefined;
  });
  if (plans.some((plan) => plan === undefined)) return undefined;
  const footprints = plans.map((plan) => plan!.footprint);
  if (footprints.some((own, i) => footprints.some((other, j) => j < i && collide(own, other, footprints, uses))))
    return undefined;
  return plans.map((plan) => plan!.make());
}

/** Bindings must not overlap in a buffer that the dispatch writes; where values will lie is not known yet. */
function collide(
  own: readonly Footprint[],
  other: readonly Footprint[],
  all: readonly (readonly Footprint[])[],
  uses: readonly Use[],
): boolean {
  const isWritten = ({ where }: Footprint): boolean =>
    typeof where !== 'string' ||
    all.some((prints, i) => uses[i]!.write && prints.some((print) => print.where === where));
  return own.some((a) => isWritten(a) && other.some((b) => overlap(a, b)));
}

/** The dispatch that does the work of all, given one region for each of its bindings. */
function grouped(
  dispatches: readonly Groupable[],
  regions: readonly Region[],
  grouping: 'parts' | 'terms',
): PendingDispatch {
  const first = dispatches[0]!;
  const uniforms = dispatches.map((dispatch, index) => {
    const block: Record<string, number> = { ...dispatch.uniforms[0]! };
    for (const [slot, { name, binding }] of first.uses.entries()) {
      const field = offsetField(first.spec, name);
      const bytes = regions[slot]!.offsets[index];
      if (field !== undefined && bytes !== undefined) block[field]! += elementsIn(bytes, binding.dtype);
    }
    return block;
  });
  return {
    ...first,
    spec: { ...first.spec, grouping } as GroupableSpec,
    uses: first.uses.map((use, slot) => ({ ...use, storage: regions[slot]!.storage })),
    uniforms,
    workgroups: grouping === 'terms' ? first.workgroups : widest(dispatches),
    ...totals(dispatches),
  };
}

function widest(dispatches: readonly PendingDispatch[]): readonly [number, number, number] {
  const most = (axis: 0 | 1): number => Math.max(...dispatches.map(({ workgroups }) => workgroups[axis]));
  return [most(0), most(1), dispatches.length];
}

/** Work of all; what several of them bind counts once. */
function totals(dispatches: readonly PendingDispatch[]): { readonly flops: number; readonly bytesMoved: number } {
  const storages = new Set(dispatches.flatMap(({ uses }) => uses.map(({ storage }) => storage)));
  const total = (of: (dispatch: PendingDispatch) => number): number =>
    dispatches.reduce((sum, one) => sum + of(one), 0);
  const bytesMoved = dispatches.some(({ isPartial }) => isPartial)
    ? total((dispatch) => dispatch.bytesMoved)
    : [...storages].reduce((sum, storage) => sum + storageBytes(storage), 0);
  return { flops: total(({ flops }) => flops), bytesMoved };
}

/** The rank is one of the sizes, so that a small tile does for both of a pair. */
const largestRank = 64;

/** The gradient of B or A of a low-rank update, or several of one form. */
function isNarrowGradient({ spec, uniforms }: PendingDispatch): boolean {
  if (spec.kernel !== 'matmul' || spec.second !== 'none' || spec.addend !== 'kept') return false;
  if (spec.grouping === 'terms' || spec.grouping === 'experts') return false;
  return uniforms.every(({ m, n }) => Math.min(m!, n!) <= largestRank);
}

/** Both in one dispatch: the parts of the second read the kernel's second pair of factors. */
function pairOf(own: PendingDispatch, partner: PendingDispatch, profile: DeviceProfile): PendingDispatch | undefined {
  const [spec, other] = [own.spec as MatmulSpec, partner.spec as MatmulSpec];
  const form = { ...other, grouping: spec.grouping, tile: spec.tile, vec4: spec.vec4, second: spec.second };
  if (!isSameSpec(form, spec) || own.uniforms.length + partner.uniforms.length > maxSegments) return undefined;
  const [a, b, out, keep] = factorsOf(own);
  const [a2, b2, out2, keep2] = factorsOf(partner);
  const target = planRegion([out, out2], profile);
  if (!isSameStorage(keep, keep2) || target === undefined) return undefined;
  const reads = [a, b, a2, b2].map(footprintOf);
  if (reads.some((one, i) => reads.some((two, j) => j < i && overlap(one, two)))) return undefined;
  const { storage, offsets } = target.make();
  const [first, second] = offsets.map((bytes) => bytes / 4) as [number, number];
  const blocks = [
    ...own.uniforms.map((block) => ({ ...block, cOffset: block.cOffset! + first })),
    ...partner.uniforms.map((block) => ({
      ...block,
      ...{ k: 0, k2: block.k!, lda2: block.lda!, ldb2: block.ldb! },
      ...{ a2Offset: block.aOffset!, b2Offset: block.bOffset!, cOffset: block.cOffset! + second },
    })),
  ] as Record<string, number>[];
  const { rows, columns } = tileSize(narrowPairTile);
  const most = (field: 'm' | 'n'): number => Math.max(...blocks.map((block) => block[field]!));
  const vec4 = spec.vec4 && other.vec4;
  const paired: MatmulSpec = { ...spec, second: other.bType, grouping: 'parts', vec4, tile: narrowPairTile };
  return {
    ...own,
    spec: paired,
    uses: usesOf<'matmul'>(paired, { a, b, a2, b2, out: storage, keep }),
    uniforms: blocks,
    workgroups: [Math.ceil(most('n') / columns), Math.ceil(most('m') / rows), blocks.length],
    flops: own.flops + partner.flops,
    bytesMoved: own.bytesMoved + partner.bytesMoved,
  };
}

/** a, b, out and keep of a gradient. */
const factorsOf = (gradient: PendingDispatch): readonly [Storage, Storage, Storage, Storage] => {
  const [a, b, out, keep] = ['a', 'b', 'out', 'keep'].map((name) => storageOf(gradient, name)!);
  return [a!, b!, out!, keep!];
};
