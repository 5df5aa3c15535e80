import { nanFunctions } from './activations.ts';
import { flatIndex, type KernelText } from './wgsl.ts';

/** An index of [item, y, x, channel] taken apart, for images of that size, each an item of the batch. */
const takeApart = (height: string, width: string): string => `let channel = i % dims.channels;
let column = (i / dims.channels) % ${width};
let row = (i / dims.channels / ${width}) % ${height};
let item = i / dims.channels / ${width} / ${height};`;

/** Index in x of a pixel whose row and column were found to be inside. */
const pixel = (row: string, column: string): string =>
  `((item * dims.height + u32(${row})) * dims.width + u32(${column})) * dims.channels + channel`;

const inside = (row: string, column: string): string =>
  `${row} >= 0 && ${row} < i32(dims.height) && ${column} >= 0 && ${column} < i32(dims.width)`;

/** Walks over the places of the window that hold the pixel (row, column): `placeRow`, `placeColumn`, `ky`, `kx`. */
const overPlaces = (visit: string): string => `for (var ky = 0u; ky < dims.kernel; ky++) {
let fromTop = i32(row + dims.padding) - i32(ky);
if (fromTop < 0 || u32(fromTop) % dims.stride != 0u || u32(fromTop) / dims.stride >= dims.down) { continue; }
let placeRow = u32(fromTop) / dims.stride;
for (var kx = 0u; kx < dims.kernel; kx++) {
let fromLeft = i32(column + dims.padding) - i32(kx);
if (fromLeft < 0 || u32(fromLeft) % dims.stride != 0u || u32(fromLeft) / dims.stride >= dims.across) { continue; }
let placeColumn = u32(fromLeft) / dims.stride;
let place = (item * dims.down + placeRow) * dims.across + placeColumn;
${visit}
}
}`;

/** Walks over the pixels under the place (placeRow, placeColumn): `y`, `x0` inside the image. */
const overPixels = (visit: string): string => `for (var wy = 0u; wy < dims.kernel; wy++) {
let y = i32(placeRow * dims.stride + wy) - i32(dims.padding);
for (var wx = 0u; wx < dims.kernel; wx++) {
let x0 = i32(placeColumn * dims.stride + wx) - i32(dims.padding);
if (!(${inside('y', 'x0')})) { continue; }
${visit}
}
}`;

const eachElement = (body: string, declarations = ''): KernelText => ({
  workgroupSize: [64, 1, 1],
  declarations,
  body: `let i = ${flatIndex};\nif (i < dims.count) {\n${body}\n}`,
});

/** A workgroup writes 64 elements, each read once: kernel² times as many as x has where the stride is 1. */
export function im2col(): KernelText {
  return eachElement(`let area = dims.kernel * dims.kernel;
let width = dims.channels * area;
let place = i / width;
let channel = (i % width) / area;
let ky = (i % area) / dims.kernel;
let kx = i % dims.kernel;
let item = place / dims.across / dims.down;
let row = i32((place / dims.across) % dims.down * dims.stride + ky) - i32(dims.padding);
let column = i32(place % dims.across * dims.stride + kx) - i32(dims.padding);
var value = 0.0;
if (${inside('row', 'column')}) { value = x[${pixel('row', 'column')}]; }
out[i] = value;`);
}

/** A workgroup writes 64 pixels' channels, each the sum of at most kernel² elements in a fixed order. */
export function col2im(): KernelText {
  return eachElement(`${takeApart('dims.height', 'dims.width')}
var sum = 0.0;
${overPlaces('sum += x[(place * dims.channels + channel) * dims.kernel * dims.kernel + ky * dims.kernel + kx];')}
out[i] = sum;`);
}

/** A workgroup writes 64 elements, each the largest of at most kernel² it reads. */
export function maxPool(): KernelText {
  const body = `${takeApart('dims.down', 'dims.across')}
let placeRow = row;
let placeColumn = column;
var largest = -3.4028234e38;
${overPixels(`let value = x[${pixel('y', 'x0')}]; largest = passing(largest, passing(value, max(largest, value)));`)}
out[i] = largest;`;
  return eachElement(body, nanFunctions(false));
}

/** A workgroup writes 64 elements, each the sum of at most kernel² products. */
export function depthwiseConvolution(): KernelText {
  return eachElement(`${takeApart('dims.down', 'dims.across')}
let placeRow = row;
let placeColumn = column;
var sum = 0.0;
${overPixels(`sum += x[${pixel('y', 'x0')}] * weight[(channel * dims.kernel + wy) * dims.kernel + wx];`)}
out[i] = sum;`);
}

/** A workgroup writes 64 pixels' channels, each the sum of at most kernel² products in a fixed order. */
export function depthwiseConvolutionInputGradient(): KernelText {
  return eachElement(`${takeApart('dims.height', 'dims.width')}
var sum = 0.0;
${overPlaces('sum += x[place * dims.channels + channel] * weight[(channel * dims.kernel + ky) * dims.kernel + kx];')}
out[i] = sum;`);
}

/** A workgroup sums dy·x of 64 weights over one chunk of places, in order; x is read once for each weight of a channel. */
export function depthwiseConvolutionWeightGradient(): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    body: `let index = group.x * 64u + local.x;
if (index < dims.columns) {
let area = dims.kernel * dims.kernel;
let channel = index / area;
let wy = (index % area) / dims.kernel;
let wx = index % dims.kernel;
let end = min((group.y + 1u) * dims.rowsPerChunk, dims.rows);
var sum = 0.0;
for (var place = group.y * dims.rowsPerChunk; place < end; place++) {
let item = place / dims.across / dims.down;
let y = i32((place / dims.across) % dims.down * dims.stride + wy) - i32(dims.padding);
let x0 = i32(place % dims.across * dims.stride + wx) - i32(dims.padding);
if (${inside('y', 'x0')}) { sum += dy[place * dims.channels + channel] * x[${pixel('y', 'x0')}]; }
}
out[group.y * dims.columns + index] = sum;
}`,
  };
}

/** A workgroup writes 64 pixels' channels; each looks in the places that hold it whether it is the first largest. */
export function maxPoolBackward(): KernelText {
  return eachElement(`${takeApart('dims.height', 'dims.width')}
var sum = 0.0;
${overPlaces(`var largest = -3.4028234e38;
var first = i;
${overPixels(`let candidate = ${pixel('y', 'x0')};
if (x[candidate] > largest) { largest = x[candidate]; first = candidate; }`)}
if (first == i) { sum += dy[place * dims.channels + channel]; }`)}
out[i] = sum;`);
}
