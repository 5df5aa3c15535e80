/** Prompts with other rows' answers, from which KTO estimates how far the model has moved altogether. */
import type { RowList } from '../../data/built-rows.ts';
import { type Example, maskedLabel } from '../../data/examples.ts';

/** An answer to a prompt, cut at its end; neither sequence nor answer is empty. */
function cutSequence(prompt: Int32Array, answer: Int32Array, maxLength: number): Example {
  const ids = Int32Array.from([...prompt, ...answer]).subarray(0, maxLength);
  const labels = ids.slice();
  const promptLength = Math.min(prompt.length, ids.length);
  labels.fill(maskedLabel, 0, promptLength);
  return { ids, labels, promptLength, truncated: ids.length < prompt.length + answer.length };
}

const partsOf = ({ ids, promptLength }: Example) => ({
  prompt: ids.subarray(0, promptLength),
  answer: ids.subarray(promptLength),
});

/** A row's own sequence as it is learned: its first tokens. */
export const cutExample = (example: Example, maxLength: number): Example => {
  const { prompt, answer } = partsOf(example);
  return { ...example, ...cutSequence(prompt, answer, maxLength) };
};

/** Rows with their own sequence alone, as they are learned. */
export class CutRows implements RowList<Example> {
  constructor(
    private readonly rows: RowList<Example>,
    private readonly maxLength: number,
  ) {}

  get length(): number {
    return this.rows.length;
  }

  at(index: number): Example | undefined {
    const row = this.rows.at(index);
    return row && cutExample(row, this.maxLength);
  }

  *[Symbol.iterator](): Generator<Example> {
    for (const row of this.rows) yield cutExample(row, this.maxLength);
  }
}

/**
 * Rows with two sequences each: the prompt with its own answer, and with that of the row before; the first of `block` rows
 * takes the last one's, as TRL turns the answers within its batches. A last block of one row keeps its own. The second
 * sequence stays with its row when rows are put into another order.
 */
export class Mismatched implements RowList<Example> {
  /** @param rows not cut: an answer may have more room behind another's prompt */
  constructor(
    private readonly rows: RowList<Example>,
    private readonly block: number,
    private readonly maxLength: number,
  ) {}

  get length(): number {
    return this.rows.length;
  }

  at(index: number): Example | undefined {
    const row = this.rows.at(index);
    if (!row || index < 0) return undefined;
    const first = index - (index % this.block);
    const before = index === first ? Math.min(first + this.block, this.length) - 1 : index - 1;
    const { prompt } = partsOf(row);
    const sides = [
      cutExample(row, this.maxLength),
      cutSequence(prompt, partsOf(this.rows.at(before)!).answer, this.maxLength),
    ] as const;
    return {
      ...sides[0],
      ids: Int32Array.from(sides.flatMap(({ ids }) => [...ids])),
      labels: Int32Array.from(sides.flatMap(({ labels }) => [...labels])),
      sequences: sides.map(({ ids, promptLength }) => ({ tokens: ids.length, promptLength })),
    };
  }

  *[Symbol.iterator](): Generator<Example> {
    for (let index = 0; index < this.length; index++) yield this.at(index)!;
  }
}
