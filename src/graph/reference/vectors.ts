/** Parts of arrays as vectors. */

export function dot(a: Float64Array, atA: number, b: Float64Array, atB: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[atA + i]! * b[atB + i]!;
  return sum;
}

export function addScaled(
  to: Float64Array,
  at: number,
  factor: number,
  x: Float64Array,
  atX: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) to[at + i]! += factor * x[atX + i]!;
}
