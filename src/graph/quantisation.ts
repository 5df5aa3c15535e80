/**
 * Weights in 8 or 4 bits. Each row of a matrix is cut into blocks of 64 values, the last one filled up; a block is one
 * 32-bit word that says its range, and after it its codes, packed from the low end of each word:
 * - int8: value = scale · code; the word is scale as f32, the code a signed byte from −127 to 127.
 * - int4: value = low + scale · code; the word holds scale (low half) and low (high half) as bf16, the code is 0 to 15.
 * - nf4: value = largest · level[code]; the word is the block's largest magnitude as f32 (QLoRA, arXiv 2305.14314).
 * - fp4: the same with the levels of a float of four bits. Checkpoints are published in it; nothing is made in it here.
 *
 * What is computed here is what the kernel in `webgpu/kernels/quantise.ts` computes, bit for bit: every step is one
 * correctly rounded f32 operation, and a code follows from comparisons with the midpoints between values, so a device's
 * inexact division cannot change it.
 */

/** Weights as blocks of few bits, made while they are loaded, or published so. */
export type QuantisedDType = 'int8' | 'int4' | 'nf4' | 'fp4';

/** What weights are made into here. */
export type MadeDType = Exclude<QuantisedDType, 'fp4'>;

/** Values of a block, in every format. */
export const blockValues = 64;

/** 32-bit words of a block. */
export const blockWords: Readonly<Record<QuantisedDType, number>> = { int8: 17, int4: 9, nf4: 9, fp4: 9 };

export const blocksInRow = (width: number): number => Math.ceil(width / blockValues);

/** The 16 levels of NF4: quantiles of the normal distribution with an exact zero (arXiv 2305.14314, appendix E). */
export const nf4Levels: readonly number[] = [
  -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
  -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
  0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1,
].map(Math.fround);

const fp4Magnitudes = [0, 0.0625, 8, 12, 4, 6, 2, 3].map((size) => Math.fround(size / 12));

/** The levels of bitsandbytes' FP4 by code: sign, two bits of exponent, one of mantissa, the largest 1. */
export const fp4Levels: readonly number[] = [
  ...fp4Magnitudes,
  ...fp4Magnitudes.map((size) => (size === 0 ? 0 : -size)),
];

/** Types whose values are a level times the block's largest magnitude. */
export const levelsOf: Partial<Readonly<Record<string, readonly number[]>>> = { nf4: nf4Levels, fp4: fp4Levels };

/** Where one level of NF4 ends and the next begins, as a share of the block's largest magnitude. */
export const nf4Midpoints: readonly number[] = nf4Levels
  .slice(1)
  .map((level, i) => Math.fround((level + nf4Levels[i]!) / 2));

/** A block whose values span less than this is kept as one value: f32 arithmetic near its end differs by device. */
export const leastSpan = 2 ** -100;

const { fround } = Math;
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

const bitsOf = (value: number): number => {
  float[0] = value;
  return bits[0]!;
};

const floatOf = (word: number): number => {
  bits[0] = word;
  return float[0]!;
};

/** The bits of the nearest bf16, ties to even. */
function bf16Bits(value: number): number {
  const word = bitsOf(value);
  return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
}

const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most);

/** How the values of one block become its first word and its codes, and back. */
interface Format {
  /** The block's first word. */
  head(least: number, greatest: number): number;
  /** The code of a value of a block with that first word, as it lies in the codes' bits. */
  code(head: number, value: number): number;
  value(head: number, code: number): number;
  readonly codeBits: 4 | 8;
}

const int8: Format = {
  codeBits: 8,
  head(least, greatest) {
    const largest = Math.max(-least, greatest);
    return largest < leastSpan ? 0 : bitsOf(fround(largest * fround(1 / 127)));
  },
  code(head, value) {
    const scale = floatOf(head);
    if (scale === 0) return 0;
    const near = clamp(Math.floor(value / scale + 0.5), -127, 127);
    const up = value >= fround((near + 0.5) * scale) ? 1 : 0;
    const down = value < fround((near - 0.5) * scale) ? 1 : 0;
    return clamp(near + up - down, -127, 127) & 255;
  },
  value: (head, code) => fround(floatOf(head) * ((code << 24) >> 24)),
};

const int4: Format = {
  codeBits: 4,
  head(least, greatest) {
    const low = bf16Bits(least);
    const span = fround(greatest - floatOf(low << 16));
    const scale = span < leastSpan ? 0 : bf16Bits(fround(span * fround(1 / 15)));
    return ((low << 16) | scale) >>> 0;
  },
  code(head, value) {
    const [low, scale] = [floatOf(head & 0xffff0000), floatOf(head << 16)];
    if (scale === 0) return 0;
    // A code times a bf16 is exact, so each midpoint is rounded once.
    const midpoint = (code: number): number => fround(low + (code + 0.5) * scale);
    const near = clamp(Math.floor((value - low) / scale + 0.5), 0, 15);
    const up = value >= midpoint(near) ? 1 : 0;
    const down = value < midpoint(near - 1) ? 1 : 0;
    return clamp(near + up - down, 0, 15);
  },
  value: (head, code) => fround(floatOf(head & 0xffff0000) + code * floatOf(head << 16)),
};

const nf4: Format = {
  codeBits: 4,
  head(least, greatest) {
    const largest = Math.max(-least, greatest);
    return largest < leastSpan ? 0 : bitsOf(largest);
  },
  code(head, value) {
    const largest = floatOf(head);
    let code = 0;
    for (const midpoint of nf4Midpoints) if (value >= fround(midpoint * largest)) code++;
    return code;
  },
  value: (head, code) => fround(floatOf(head) * nf4Levels[code]!),
};

/** Made for tests alone: the nearest level, of two equally near the one with the lower code. */
const fp4: Format = {
  codeBits: 4,
  head: nf4.head,
  code(head, value) {
    const distance = (code: number): number => Math.abs(value - floatOf(head) * fp4Levels[code]!);
    return fp4Levels.reduce((best, _, code) => (distance(code) < distance(best) ? code : best), 0);
  },
  value: (head, code) => fround(floatOf(head) * fp4Levels[code]!),
};

const formats: Readonly<Record<QuantisedDType, Format>> = { int8, int4, nf4, fp4 };

/** How far kept values are from published ones: sums over all of them of the squared difference and the squared value. */
export class QuantisationError {
  private difference = 0;
  private size = 0;

  add(kept: Float32Array, published: Float32Array): void {
    for (const [i, value] of published.entries()) {
      this.difference += (kept[i]! - value) ** 2;
      this.size += value ** 2;
    }
  }

  /** √(Σ(kept − published)² / Σ published²); 0 where there is nothing. */
  get relative(): number {
    return this.size === 0 ? 0 : Math.sqrt(this.difference / this.size);
  }
}

/** Rows of `width` f32 values as words. Values that fill up a row's last block have the code 0. */
export function quantise(values: Float32Array, width: number, dtype: QuantisedDType): Uint32Array<ArrayBuffer> {
  const { head, code, codeBits } = formats[dtype];
  const rows = values.length / width;
  const words = new Uint32Array(rows * blocksInRow(width) * blockWords[dtype]);
  const perWord = 32 / codeBits;
  let at = 0;
  for (let row = 0; row < rows; row++)
    for (let first = 0; first < width; first += blockValues) {
      const block = values.subarray(row * width + first, row * width + Math.min(first + blockValues, width));
      const range = head(Math.min(...block), Math.max(...block));
      words[at] = range;
      block.forEach((value, i) => {
        words[at + 1 + Math.floor(i / perWord)]! |= code(range, value) << (codeBits * (i % perWord));
      });
      at += blockWords[dtype];
    }
  return words;
}

/** The f32 values that rows of `width` quantised values stand for. */
export function dequantise(words: Uint32Array, width: number, dtype: QuantisedDType): Float32Array<ArrayBuffer> {
  const { value, codeBits } = formats[dtype];
  const rows = words.length / (blocksInRow(width) * blockWords[dtype]);
  const values = new Float32Array(rows * width);
  const perWord = 32 / codeBits;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < width; column++) {
      const block = row * blocksInRow(width) + Math.floor(column / blockValues);
      const at = block * blockWords[dtype];
      const place = column % blockValues;
      const word = words[at + 1 + Math.floor(place / perWord)]!;
      const code = (word >>> (codeBits * (place % perWord))) & (2 ** codeBits - 1);
      values[row * width + column] = value(words[at]!, code);
    }
  return values;
}
