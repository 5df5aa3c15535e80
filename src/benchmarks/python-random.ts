/**
 * What Python's `random.Random(seed)` draws: MT19937 (Matsumoto and Nishimura, 1998), seeded with an array of one word, and
 * CPython's way of taking whole numbers below a bound and samples from it.
 */
export class PythonRandom {
  private readonly state = new Uint32Array(size);
  private at = size;

  /** @param seed a whole number from 0 to 2³² − 1 */
  constructor(seed: number) {
    const { state } = this;
    state[0] = 19650218;
    for (let i = 1; i < size; i++) state[i] = Math.imul(1812433253, mixed(state, i)) + i;
    let i = 1;
    const advance = () => {
      if (++i < size) return;
      state[0] = state[size - 1]!;
      i = 1;
    };
    for (let round = 0; round < size; round++) {
      state[i] = (state[i]! ^ Math.imul(mixed(state, i), 1664525)) + seed;
      advance();
    }
    for (let round = 1; round < size; round++) {
      state[i] = (state[i]! ^ Math.imul(mixed(state, i), 1566083941)) - i;
      advance();
    }
    state[0] = 0x80000000;
  }

  /** `count` different ones of a population, in the order they are drawn in; `count` is at most its length. */
  sample<T>(population: readonly T[], count: number): T[] {
    const total = population.length;
    const setSize = 21 + (count > 5 ? 4 ** Math.ceil(Math.log(count * 3) / Math.log(4)) : 0);
    if (total <= setSize) {
      const pool = [...population];
      return Array.from({ length: count }, (_, i) => {
        const j = this.below(total - i);
        const drawn = pool[j]!;
        pool[j] = pool[total - i - 1]!;
        return drawn;
      });
    }
    const drawn = new Set<number>();
    while (drawn.size < count) drawn.add(this.below(total));
    return [...drawn].map((index) => population[index]!);
  }

  /** A whole number from 0 to `bound` − 1; `bound` is at most 2³². */
  private below(bound: number): number {
    const bits = Math.floor(Math.log2(bound)) + 1;
    for (;;) {
      const number = this.word() >>> (32 - bits);
      if (number < bound) return number;
    }
  }

  private word(): number {
    if (this.at === size) this.twist();
    let y = this.state[this.at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  private twist(): void {
    const { state } = this;
    for (let i = 0; i < size; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % size]! & 0x7fffffff);
      state[i] = state[(i + 397) % size]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.at = 0;
  }
}

const size = 624;

const mixed = (state: Uint32Array, i: number): number => state[i - 1]! ^ (state[i - 1]! >>> 30);
