/** A merge of two parts of a word; those of lower rank come first. */
type Merges = ReadonlyMap<number, { readonly rank: number; readonly merged: number }>;

/**
 * Byte-pair encoding (Sennrich, Haddow, Birch 2016) of a word: of all neighbours that merge, those of the lowest rank do, the
 * leftmost first. Takes n log n for n parts, with numbers for texts, so that a word may be as long as a text.
 * @param merges by rank; of one that is named twice the later rank counts, as in the library
 * @returns the parts that are left of those given
 */
export function createMerger(merges: readonly (readonly string[])[]): (parts: readonly string[]) => string[] {
  const texts: string[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (text: string): number => {
    const known = numbers.get(text);
    if (known !== undefined) return known;
    numbers.set(text, texts.length);
    return texts.push(text) - 1;
  };
  const pairs = merges.map(([left = '', right = '']) => [left, right, left + right].map(numberOf));
  const count = texts.length;
  const ranks: Merges = new Map(
    pairs.map(([left, right, merged], rank) => [left! * count + right!, { rank, merged: merged! }]),
  );
  return (parts) => {
    const { length } = parts;
    // Of each part its number, −1 for one that merges with none, and where the one behind and before it stands.
    const [symbols, next, before] = [new Int32Array(length), new Int32Array(length), new Int32Array(length)];
    for (let place = 0; place < length; place++) {
      symbols[place] = numbers.get(parts[place]!) ?? -1;
      next[place] = place + 1;
      before[place] = place - 1;
    }
    const mergeAt = (place: number) => {
      const [left, right] = [symbols[place]!, next[place]! < length ? symbols[next[place]!]! : -1];
      return left < 0 || right < 0 ? undefined : ranks.get(left * count + right);
    };
    const queue = createQueue();
    const offer = (place: number) => {
      const merge = mergeAt(place);
      if (merge) queue.push(merge.rank * length + place);
    };
    for (let place = 0; place < length; place++) offer(place);
    for (let first = queue.pop(); first !== undefined; first = queue.pop()) {
      const place = first % length;
      const merge = mergeAt(place);
      // One of the two has merged otherwise since it was offered.
      if (merge?.rank !== Math.floor(first / length)) continue;
      const gone = next[place]!;
      symbols[place] = merge.merged;
      symbols[gone] = -1;
      next[place] = next[gone]!;
      if (next[place]! < length) before[next[place]!] = place;
      if (before[place]! >= 0) offer(before[place]!);
      offer(place);
    }
    const left: string[] = [];
    for (let place = 0; place < length; place = next[place]!)
      left.push(symbols[place]! < 0 ? parts[place]! : texts[symbols[place]!]!);
    return left;
  };
}

/** A binary heap: the least number first. */
function createQueue() {
  const heap: number[] = [];
  return {
    push(value: number): void {
      let place = heap.length;
      while (place > 0) {
        const parent = (place - 1) >> 1;
        if (heap[parent]! <= value) break;
        heap[place] = heap[parent]!;
        place = parent;
      }
      heap[place] = value;
    },
    pop(): number | undefined {
      const least = heap[0];
      const value = heap.pop();
      if (value === undefined || heap.length === 0) return least;
      let place = 0;
      for (let child = 1; child < heap.length; child = 2 * place + 1) {
        if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++;
        if (heap[child]! >= value) break;
        heap[place] = heap[child]!;
        place = child;
      }
      heap[place] = value;
      return least;
    },
  };
}
