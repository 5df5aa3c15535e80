import type { WindowAttributes } from './types.ts';

/** Places of the window along one side. */
const places = (size: number, { kernel, stride, padding }: WindowAttributes): number =>
  Math.floor((size + 2 * padding - kernel) / stride) + 1;

/** How many places the window has: [down, across]. */
export const windowPlaces = (window: WindowAttributes): readonly [number, number] => [
  places(window.height, window),
  places(window.width, window),
];
