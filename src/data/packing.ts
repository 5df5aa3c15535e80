/**
 * Sequence packing: examples that share one row of a batch, so that little of it is padding. Best-fit decreasing (as
 * TRL's packing strategy `bfd`): the longest example first, each into the row with the least room that still holds it.
 * It never needs more than 11/9 of the fewest possible rows and four (Johnson, Demers, Ullman, Garey, Graham 1974).
 */

/**
 * Indices of `lengths`, each once, in rows of at most `capacity` tokens. A pure function of its arguments; indices rise
 * within a row, and rows are in the order of their first indices.
 * @param lengths tokens of each example, at most `capacity`
 */
export function packRows(lengths: ArrayLike<number>, capacity: number): number[][] {
  const rows: number[][] = [];
  const open = new OpenRows();
  const longestFirst = Array.from(lengths, (_, index) => index).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  for (const index of longestFirst) {
    const length = lengths[index]!;
    if (length > capacity) throw new RangeError(`an example of ${length} tokens in rows of ${capacity}`);
    const { row = rows.push([]) - 1, room } = open.take(length) ?? { room: capacity };
    rows[row]!.push(index);
    open.add(row, room - length);
  }
  for (const row of rows) row.sort((a, b) => a - b);
  return rows.sort((a, b) => a[0]! - b[0]!);
}

/** Rows by the room that is left in them: finding the tightest fit is a binary search over the rooms that occur. */
class OpenRows {
  /** Ascending. */
  private readonly rooms: number[] = [];
  private readonly rowsWith = new Map<number, number[]>();

  /** Takes out a row with the least room of at least `length`. */
  take(length: number): { row: number; room: number } | undefined {
    const place = this.placeOf(length);
    const room = this.rooms[place];
    if (room === undefined) return undefined;
    const rows = this.rowsWith.get(room)!;
    const row = rows.pop()!;
    if (rows.length === 0) {
      this.rooms.splice(place, 1);
      this.rowsWith.delete(room);
    }
    return { row, room };
  }

  add(row: number, room: number): void {
    const rows = this.rowsWith.get(room);
    if (rows) {
      rows.push(row);
      return;
    }
    this.rooms.splice(this.placeOf(room), 0, room);
    this.rowsWith.set(room, [row]);
  }

  /** Of the first room that is not less than `length`. */
  private placeOf(length: number): number {
    let [low, high] = [0, this.rooms.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rooms[middle]! < length) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
