/**
 * The 8-bit data type of bitsandbytes' optimizers: blocks of 256 values, each a code for a number from −1 to 1 (or 0 to 1)
 * times the largest magnitude of its block. Codes lie in tenfold ranges that get finer towards 1 (arXiv 2110.02861,
 * appendix; `create_dynamic_map`). Four codes are one u32 word, the first in its lowest byte.
 */

/** Values of a block, and words of its codes. */
export const momentBlock = 256;
export const momentWords = 64;

export const momentBlocks = (count: number): number => Math.ceil(count / momentBlock);

const ranges = 7;

/** The numbers of the 256 codes, ascending, rounded to f32. Signed for first moments, unsigned for second ones. */
export function dynamicMap(signed: boolean): Float32Array {
  const positive = Array.from({ length: ranges }, (_, range) => {
    const count = 2 ** (signed ? range : range + 1);
    return Array.from({ length: count }, (_, i) => 10 ** (range - ranges + 1) * (0.1 + (0.9 * (i + 0.5)) / count));
  }).flat();
  const negative = signed ? positive.map((value) => -value) : [];
  return Float32Array.from([...negative, 0, ...positive, 1]).sort();
}

export const signedMap = dynamicMap(true);
export const unsignedMap = dynamicMap(false);

/** The code whose number is nearest to x, of two equally near the lower. */
export function nearestCode(map: Float32Array, x: number): number {
  let code = 0;
  for (let step = 128; step >= 1; step /= 2) if (x > (map[code + step - 1]! + map[code + step]!) / 2) code += step;
  return code;
}
