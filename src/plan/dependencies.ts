import type { Transient, Use } from './storage.ts';

/** A dispatch that read or wrote a range. */
interface Access {
  readonly begin: number;
  readonly end: number;
  readonly index: number;
  readonly write: boolean;
}

/** What of a dispatch its order depends on. */
interface Touching {
  readonly uses: readonly Use[];
}

/** Which dispatches must stay in which order. Several of them can be contracted into one, which then moves as one. */
export class DependencyGraph {
  private readonly after: Set<number>[];
  private readonly before: Set<number>[];
  private readonly members: number[][];
  private readonly leaders: number[];
  /** Successors already worked out; a contraction changes those of what it takes and of what comes right before. */
  private readonly direct: (readonly number[] | undefined)[];
  /** By dispatch, the last search that came by it. */
  private readonly seen: Int32Array;
  private searches = 0;

  /** @param reach how far apart, at most, the first and the last of what is contracted are */
  constructor(
    dispatches: readonly Touching[],
    private readonly reach: number,
  ) {
    this.after = dispatches.map(() => new Set<number>());
    this.before = dispatches.map(() => new Set<number>());
    this.direct = dispatches.map(() => undefined);
    this.seen = new Int32Array(dispatches.length);
    this.members = dispatches.map((_, index) => [index]);
    this.leaders = dispatches.map((_, index) => index);
    this.connect(dispatches);
  }

  /** Whether neither leads to the other, by whatever way. */
  areIndependent(members: readonly number[], other: number): boolean {
    return members.every((member) => !this.leads(member, other) && !this.leads(other, member));
  }

  /** Whether `other` may come right after the members: nothing that depends on one of them stands before it. */
  follows(members: readonly number[], other: number): boolean {
    const own = new Set([...members, other]);
    return members.every((member) => {
      for (const next of this.after[member]!) if (!own.has(next) && this.leads(next, other)) return false;
      return !this.leads(other, member);
    });
  }

  contract(members: readonly number[]): void {
    const all = [...new Set(members.flatMap((member) => this.members[this.leaders[member]!]!))].sort((a, b) => a - b);
    const leader = all[0]!;
    for (const member of all) {
      this.leaders[member] = leader;
      this.direct[member] = undefined;
      for (const earlier of this.before[member]!) this.direct[this.leaders[earlier]!] = undefined;
    }
    this.members[leader] = all;
  }

  /** The dispatches, each contraction as its first member, in an order that keeps to the original where it can. */
  order(): number[] {
    const waitsFor = this.after.map(() => 0);
    for (const index of this.after.keys()) for (const next of this.successors(index)) waitsFor[next]! += 1;
    const ready = [...this.leaders.keys()].filter((index) => this.leaders[index] === index && waitsFor[index] === 0);
    const order: number[] = [];
    while (ready.length > 0) {
      const index = ready.shift()!;
      order.push(index);
      for (const next of this.successors(index)) {
        waitsFor[next]! -= 1;
        if (waitsFor[next] === 0) insertSorted(ready, next);
      }
    }
    return order;
  }

  /** What directly follows a contraction, given by its first member; nothing for other members. */
  private successors(index: number): readonly number[] {
    const known = this.direct[index];
    if (known !== undefined) return known;
    const next = new Set<number>();
    if (this.leaders[index] === index)
      for (const member of this.members[index]!)
        for (const after of this.after[member]!) if (this.leaders[after] !== index) next.add(this.leaders[after]!);
    const list = [...next];
    this.direct[index] = list;
    return list;
  }

  private leads(from: number, to: number): boolean {
    const target = this.leaders[to]!;
    const horizon = this.members[target]!.at(-1)! + this.reach;
    const search = ++this.searches;
    const stack = [this.leaders[from]!];
    while (stack.length > 0) {
      const index = stack.pop()!;
      for (const next of this.successors(index)) {
        if (next === target) return true;
        if (next > horizon || this.seen[next] === search) continue;
        this.seen[next] = search;
        stack.push(next);
      }
    }
    return false;
  }

  private connect(dispatches: readonly Touching[]): void {
    const written = new Set<string>();
    for (const { uses } of dispatches)
      for (const { storage, write } of uses) if (write && storage.kind === 'fixed') written.add(storage.range.buffer);
    const accesses = new Map<Transient | string, Access[]>();
    for (const [index, { uses }] of dispatches.entries())
      for (const { storage, write } of uses) {
        const isFixed = storage.kind === 'fixed';
        if (isFixed && !written.has(storage.range.buffer)) continue;
        const { offset, bytes } = isFixed ? storage.range : { offset: 0, bytes: storage.bytes };
        const key = isFixed ? storage.range.buffer : storage;
        const own = { begin: offset, end: offset + bytes, index, write };
        const earlier = accesses.get(key);
        if (earlier === undefined) accesses.set(key, [own]);
        else this.follow(earlier, own);
      }
  }

  /** Notes what the access has to wait for, and puts it in the place of those that nothing later has to wait for. */
  private follow(earlier: Access[], own: Access): void {
    let kept = 0;
    for (const other of earlier) {
      const meets = other.begin < own.end && own.begin < other.end && (other.write || own.write);
      if (meets && other.index !== own.index) {
        this.after[other.index]!.add(own.index);
        this.before[own.index]!.add(other.index);
      }
      const isCovered = own.write && own.begin <= other.begin && other.end <= own.end;
      if (!isCovered) earlier[kept++] = other;
    }
    earlier.length = kept;
    earlier.push(own);
  }
}

function insertSorted(sorted: number[], value: number): void {
  let at = sorted.length;
  while (at > 0 && sorted[at - 1]! > value) at--;
  sorted.splice(at, 0, value);
}
