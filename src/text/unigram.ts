/** A piece that text may be cut into. */
export interface UnigramPiece {
  readonly text: string;
  /** Logarithm of its probability. */
  readonly score: number;
}

interface TrieNode {
  readonly next: Map<string, TrieNode>;
  piece: UnigramPiece | null;
}

/**
 * Cuts a text into the pieces of highest total score (Viterbi; Kudo 2018, and `EncodeOptimized` of SentencePiece, whose
 * result this is; of equal sums the one whose last piece is longest). A character without a piece of its own may stand
 * alone at a score 10 below the lowest, and comes out as it is.
 *
 * @param sums what scores are added up in: SentencePiece has floats of 32 bits, the `tokenizers` library of 64. In long
 * repetitive text the rounding decides between ways to cut that are as good.
 */
export function createUnigram(pieces: readonly UnigramPiece[], sums: 'f32' | 'f64'): (text: string) => string[] {
  const root = buildTrie(pieces);
  const rounded = sums === 'f32' ? Math.fround : (sum: number) => sum;
  const unknownScore = rounded(
    pieces.reduce((least, { score }) => Math.min(least, score), Number.POSITIVE_INFINITY) - 10,
  );
  return (text) => {
    const chars = Array.from(text);
    const scores = new Float64Array(chars.length + 1).fill(Number.NEGATIVE_INFINITY);
    const starts = new Uint32Array(chars.length + 1);
    scores[0] = 0;
    const reach = (start: number, end: number, score: number) => {
      const sum = rounded(scores[start]! + score);
      if (sum <= scores[end]!) return;
      scores[end] = sum;
      starts[end] = start;
    };
    for (let start = 0; start < chars.length; start++) {
      let single = false;
      let node = root.next.get(chars[start]!);
      for (let end = start + 1; node; node = node.next.get(chars[end++]!)) {
        if (!node.piece) continue;
        reach(start, end, node.piece.score);
        single ||= end === start + 1;
      }
      if (!single) reach(start, start + 1, unknownScore);
    }
    const cut: string[] = [];
    for (let end = chars.length; end > 0; end = starts[end]!) cut.push(chars.slice(starts[end]!, end).join(''));
    return cut.reverse();
  };
}

function buildTrie(pieces: readonly UnigramPiece[]): TrieNode {
  const root: TrieNode = { next: new Map(), piece: null };
  for (const piece of pieces) {
    let node = root;
    for (const char of piece.text) {
      let next = node.next.get(char);
      if (!next) {
        next = { next: new Map(), piece: null };
        node.next.set(char, next);
      }
      node = next;
    }
    node.piece = piece;
  }
  return root;
}
