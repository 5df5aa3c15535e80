import type { Value } from '../graph/types.ts';

/** What an attention layer is, for whoever answers at the `attention` seam. */
export interface AttentionSite {
  readonly layer: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Factor on q·k. */
  readonly scale: number;
  /** Bounds the scaled scores to softCap·tanh(score/softCap) (Gemma 2). */
  readonly softCap?: number;
  /** Of each distance its key and its query, f32 [2 · length − 1, 2 · heads·headDim] (DeBERTa): see `relative_attention`. */
  readonly places?: Value;
}

/** The rows that a layer mixes: those of each of `batch` sequences in turn. */
export interface MixedRows {
  readonly batch: number;
  /**
   * i32 [rows]: where the example of each row begins, counted in rows of its sequence. Rows before it are another
   * example's; it is below 0 where the example began before these rows.
   */
  readonly starts: Value;
  /**
   * What the layer keeps of each sequence until now, in the order of its `keeps`, f32 [batch, width] each: zeros where one
   * begins. Absent where all begin in these rows, as in training.
   */
  readonly before?: readonly Value[];
}

/** `after`: what is kept behind the last row of each sequence; nothing reads it where there is no `before`. */
export type Mix = (rows: MixedRows) => { readonly output: Value; readonly after: readonly Value[] };

/** logits = x · weightᵀ + narrow · wideᵀ: weight [vocabulary, width], narrow [rows, rank], wide [vocabulary, rank]. */
export interface HeadTerms {
  readonly weight: Value;
  readonly added?: { readonly narrow: Value; readonly wide: Value };
}

/** What a head is read through, whatever it reads. */
export type HeadSeams = Pick<Seams, 'parameter' | 'linear' | 'head'>;

/**
 * The places where a tuning method may step into a model. A model calls them and knows nothing of the methods; `module`
 * is the path of a module, such as `model.layers.0.self_attn.q_proj`. Activations are f32 [rows, width].
 */
export interface Seams {
  /** A parameter by its full name, as it lies in its buffer. */
  parameter(name: string): Value;
  /** x · Wᵀ (+ bias) of the linear layer at `module`, the head among them; x · W where it is stored [in, out]. */
  linear(module: string, x: Value): Value;
  /** What the loss makes logits from in place of `linear` of the head, so that they are never whole. */
  head(x: Value): HeadTerms;
  /** The rows of the token embedding at `module`, times the model's `embeddingScale`. */
  embed(module: string, ids: Value): Value;
  /** The rows of another table of the same tokens at `module`, as they are. */
  embedAgain(module: string, ids: Value): Value;
  /** The rows of a learned position table at `positions` + `offset`. */
  embedPositions(module: string, positions: Value, offset?: number): Value;
  /** The rows of a table of token types: of pairs of texts one for each token, [rows, width]; else the first one, [width]. */
  embedTypes(module: string): Value;
  /** Attention over q [rows, heads·headDim], k and v [rows, kvHeads·headDim], position encoding already applied. */
  attention(site: AttentionSite, q: Value, k: Value, v: Value): Value;
  /** What mixes tokens in a layer of another kind than attention: its output, f32 [rows, width]. */
  mixer(layer: number, kind: string, mix: Mix): Value;
  /** After the output projection: `x` went into the attention layer, `y` came out of its projection. */
  attentionOutput(layer: number, x: Value, y: Value): Value;
  /**
   * One half of a block: by default residual + compute(x), `x` being what the half's norm gave. Where the norm comes after
   * the sum (post-norm), `x` is the residual and `norm` is given: norm(residual + compute(x)).
   */
  sublayer(
    layer: number,
    kind: 'attention' | 'mixer' | 'mlp',
    x: Value,
    residual: Value,
    compute: (x: Value) => Value,
    norm?: (sum: Value) => Value,
  ): Value;
}
