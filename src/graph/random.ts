/**
 * Random numbers for dropout: a pure function of (seed, site, index), the same in every executor.
 * The mixer is a 32-bit multiply-xorshift finalizer with constants found by search for low bias
 * (github.com/skeeto/hash-prospector, "lowbias32"); WGSL writes the same lines in u32 arithmetic.
 */
export function mix32(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** The number of a place in the model, such as `model.layers.0.self_attn.q_proj/lora_dropout` (FNV-1a, then mixed). */
export function siteKey(site: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < site.length; i++) hash = Math.imul(hash ^ site.charCodeAt(i), 0x01000193);
  return mix32(hash);
}

/** Uniform u32 of element `index` at a site under a two-word seed. */
export function randomBits(seed0: number, seed1: number, site: number, index: number): number {
  return mix32((mix32(((index >>> 0) ^ seed0) >>> 0) + (seed1 ^ site)) >>> 0);
}

/** Random bits as a number in [−1, 1): the upper 24 of them, which f32 holds exactly. */
export const signedUnit = (bits: number): number => (bits >>> 8) * 2 ** -23 - 1;

/** Largest random value for which an element is dropped: dropped iff randomBits < threshold. */
export const dropThreshold = (probability: number): number => Math.min(2 ** 32 - 1, Math.round(probability * 2 ** 32));
