/** What the layers of a model are, and what each keeps of a sequence while text is written. */

/** Something that a layer keeps, f32. */
export interface Kept {
  readonly name: string;
  /** Numbers in a row. */
  readonly width: number;
  /**
   * `token`: a row for each token, such as its key. `sequence`: one row however long the text is, such as the last taps of
   * a convolution; every row that is fed moves it on, so padding would spoil it.
   */
  readonly per: 'token' | 'sequence';
}

/** The heads of an attention layer that keys and values are kept for. */
export interface KeyHeads {
  readonly kvHeads: number;
  readonly headDim: number;
  /** A query sees its own position and the `window` − 1 before it, both ways as many behind it; absent: everything. */
  readonly window?: number;
  /** The layer whose keys and values it reads, in place of its own (Gemma 4); it has the same heads and window. */
  readonly keysOf?: number;
}

export interface Layer {
  /** What mixes its tokens: `attention`, or the kind that it names at the seam `mixer`; `block` in a model for images. */
  readonly kind: string;
  /** In the order in which the seams give and take it. */
  readonly keeps: readonly Kept[];
  /** Present where it attends. */
  readonly attention?: KeyHeads;
}

export function attentionLayer(attention: KeyHeads): Layer {
  const width = attention.kvHeads * attention.headDim;
  const own = attention.keysOf === undefined ? ['k', 'v'] : [];
  const keeps = own.map((name) => ({ name, width, per: 'token' }) as const);
  return { kind: 'attention', keeps, attention };
}

/** A block of a model for images. */
export const imageBlock: Layer = { kind: 'block', keeps: [] };

/** Whether rows of padding among the tokens would change what comes after them. */
export const paddingSpoils = (layers: readonly Layer[]): boolean =>
  layers.some(({ keeps }) => keeps.some(({ per }) => per === 'sequence'));

/**
 * What a layer keeps that mixes as `kind`.
 * @throws RangeError where it is listed as another: the model's file says two things, and its caches would be wrong
 */
export function keptBy(layers: readonly Layer[], layer: number, kind: string): readonly Kept[] {
  const listed = layers[layer];
  if (listed?.kind !== kind) throw new RangeError(`layer ${layer} mixes as ${kind} and is listed as ${listed?.kind}`);
  return listed.keeps;
}
