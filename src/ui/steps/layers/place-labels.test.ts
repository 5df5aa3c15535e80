import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placeLabels } from './place-labels.ts';

const within = { left: 64, right: 840, top: 12, bottom: 226 };
const names = ['Full fine-tuning', 'LoRA', '(IA)³', 'LoRA on a 4-bit base (QLoRA)', 'VeRA', '最後のレイヤーのみ'];

type Box = typeof within;
const areOver = (a: Box, b: Box) => a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;

test('labels lie over no other, over no point, and within the drawing, however the points lie', () => {
  const point = fc.record({
    name: fc.constantFrom(...names),
    x: fc.double({ min: within.left, max: within.right, noNaN: true }),
    y: fc.double({ min: within.top, max: within.bottom, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(point, { minLength: 1, maxLength: 14 }), (points) => {
      const boxes = placeLabels(points, points, within).flatMap((label) => label?.box ?? []);
      for (const [index, box] of boxes.entries()) {
        expect(boxes.slice(index + 1).filter((other) => areOver(box, other))).toEqual([]);
        expect(points.filter(({ x, y }) => areOver(box, { left: x, right: x, top: y, bottom: y }))).toEqual([]);
        expect(box.left).toBeGreaterThanOrEqual(within.left);
        expect(box.right).toBeLessThanOrEqual(within.right);
        expect(box.top).toBeGreaterThanOrEqual(within.top);
        expect(box.bottom).toBeLessThanOrEqual(within.bottom);
      }
    }),
  );
});

test('twelve points within twenty pixels are all named, and one alone stands beside its point', () => {
  const crowd = Array.from({ length: 12 }, (_, index) => ({
    name: names[index % names.length]!,
    x: 200 + (index % 4) * 6,
    y: 150 + Math.floor(index / 4) * 7,
  }));
  expect(placeLabels(crowd, crowd, within)).not.toContain(null);
  const [label] = placeLabels([crowd[0]!], crowd.slice(0, 1), within);
  expect(label).toMatchObject({ box: { left: 208 }, line: null });
});
