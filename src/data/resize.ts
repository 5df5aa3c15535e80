/**
 * Pillow's resize of 8-bit RGB pictures, to the last bit, because timm's transform and so every published accuracy rests
 * on it. Browsers' own scaling filters neither as Pillow does nor alike.
 * Reference: Pillow `src/libImaging/Resample.c`.
 */

/** RGB, row by row, three bytes a pixel. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

export type ResizeFilter = 'bilinear' | 'bicubic';

interface Kernel {
  /** Pixels on either side that it reaches. */
  readonly support: number;
  weight(distance: number): number;
}

const kernels: Readonly<Record<ResizeFilter, Kernel>> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: (x) => cubic(Math.abs(x)) },
};

/** Keys's cubic with a = −1/2. */
function cubic(x: number): number {
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

/** Weights are whole numbers of this many binary places. */
const unit = 2 ** 22;

/** For each place of the result: the first source pixel, and the weights of it and those that follow. */
interface Taps {
  readonly first: number;
  readonly weights: Float64Array;
}

/** The kernel widens with the source's share of a pixel, so that nothing is skipped where a picture shrinks. */
function tapsOf(from: number, to: number, { support, weight }: Kernel): Taps[] {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  return Array.from({ length: to }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support * stretch + 0.5));
    const end = Math.min(from, Math.trunc(centre + support * stretch + 0.5));
    const weights = Array.from({ length: end - first }, (_, i) => weight((i + first - centre + 0.5) / stretch));
    const sum = weights.reduce((total, each) => total + each, 0);
    return { first, weights: Float64Array.from(weights, (each) => roundAway((each / sum) * unit)) };
  });
}

const roundAway = (value: number): number => Math.trunc(value < 0 ? value - 0.5 : value + 0.5);

/** A picture of that size; across first, rounded to bytes, then down. */
export function resize(picture: Picture, width: number, height: number, filter: ResizeFilter): Picture {
  const kernel = kernels[filter];
  const across = width === picture.width ? picture : resizeAcross(picture, tapsOf(picture.width, width, kernel));
  return height === picture.height ? across : resizeDown(across, tapsOf(picture.height, height, kernel));
}

function resizeAcross({ width, height, pixels }: Picture, taps: readonly Taps[]): Picture {
  const out = new Uint8ClampedArray(taps.length * height * 3);
  for (let row = 0; row < height; row++)
    for (const [place, { first, weights }] of taps.entries())
      for (let channel = 0; channel < 3; channel++) {
        let sum = unit / 2;
        for (let i = 0; i < weights.length; i++) sum += pixels[(row * width + first + i) * 3 + channel]! * weights[i]!;
        out[(row * taps.length + place) * 3 + channel] = Math.floor(sum / unit);
      }
  return { width: taps.length, height, pixels: new Uint8Array(out.buffer) };
}

function resizeDown({ width, pixels }: Picture, taps: readonly Taps[]): Picture {
  const stride = width * 3;
  const out = new Uint8ClampedArray(stride * taps.length);
  for (const [place, { first, weights }] of taps.entries())
    for (let column = 0; column < stride; column++) {
      let sum = unit / 2;
      for (let i = 0; i < weights.length; i++) sum += pixels[(first + i) * stride + column]! * weights[i]!;
      out[place * stride + column] = Math.floor(sum / unit);
    }
  return { width, height: taps.length, pixels: new Uint8Array(out.buffer) };
}

/** How a picture of any size becomes a square one. */
export interface CropSettings {
  readonly size: number;
  /** Pixels that the shorter side is brought to. */
  readonly resizeTo: number;
  /** Both sides are brought to it. */
  readonly squashes: boolean;
  readonly interpolation: ResizeFilter;
}

/** timm's evaluation transform up to its pixels, or that of transformers' processors: resized, then the middle of `size`. */
export function evaluationCrop(picture: Picture, settings: CropSettings): Picture {
  const { size, resizeTo: short, squashes, interpolation } = settings;
  const { width, height } = picture;
  if (squashes) return centreCrop(resize(picture, short, short, interpolation), size);
  const long = (side: number, other: number): number => Math.trunc((short * side) / other);
  const [toWidth, toHeight] = width <= height ? [short, long(height, width)] : [long(width, height), short];
  return centreCrop(resize(picture, toWidth, toHeight, interpolation), size);
}

/** torchvision's CenterCrop; what lies beyond a smaller picture is black. */
function centreCrop({ width, height, pixels }: Picture, size: number): Picture {
  const out = new Uint8Array(size * size * 3);
  const [left, top] = [roundEven((width - size) / 2), roundEven((height - size) / 2)];
  for (let row = Math.max(0, -top); row < Math.min(size, height - top); row++) {
    const [from, to] = [Math.max(0, -left), Math.min(size, width - left)];
    const begin = ((row + top) * width + left + from) * 3;
    out.set(pixels.subarray(begin, begin + (to - from) * 3), (row * size + from) * 3);
  }
  return { width: size, height: size, pixels: out };
}

/** Python's round: halves go to the even neighbour. */
function roundEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
