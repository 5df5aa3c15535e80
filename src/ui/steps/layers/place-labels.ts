/** A point of a drawing that has a name, in CSS pixels. */
export interface Named {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

/** A box of a drawing. */
interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Label {
  readonly box: Box;
  /** Where the line from the point ends; it is drawn where the label does not stand beside its point. */
  readonly line: { readonly x: number; readonly y: number } | null;
}

export const labelHeight = 13;
const apart = 2;
const pointRadius = 5;
/** From the point to the near end of its label. */
const beside = 8;

/** A little more than letters take at 11 px: a label that is too wide for its box would lie over another. */
const widthOf = (name: string): number =>
  [...name].reduce((sum, letter) => sum + (letter.codePointAt(0)! > 0x2e7f ? 11.5 : 6.4), 0);

/** Where a label may stand, from its point; the nearest first. */
const offsets = [beside, 24, 48, 80, 120, 170]
  .flatMap((dx) =>
    Array.from({ length: 21 }, (_, index) => (index - 10) * (labelHeight + 1)).flatMap((dy) =>
      [1, -1].map((side) => ({ dx, dy, side })),
    ),
  )
  .sort((a, b) => costOf(a) - costOf(b));

function costOf({ dx, dy, side }: { dx: number; dy: number; side: number }): number {
  return dx + 1.5 * Math.abs(dy) + (side < 0 ? 4 : 0);
}

/**
 * Names beside their points, so that no label lies over another, over a point or a line, or outside `within`.
 * @returns the labels of `points` in their order; null where there is no room for one
 */
export function placeLabels(points: readonly Named[], dots: readonly Omit<Named, 'name'>[], within: Box) {
  const placed: { readonly point: Named; readonly label: Label }[] = [];
  return points.map((point): Label | null => {
    const label = labelsOf(point, within).find((wanted) => isFree(point, wanted, placed, dots));
    if (label) placed.push({ point, label });
    return label ?? null;
  });
}

function labelsOf({ name, x, y }: Named, within: Box): Label[] {
  const width = widthOf(name);
  return offsets.flatMap(({ dx, dy, side }) => {
    const end = { x: x + side * (dx - 2), y: y + dy };
    const left = side > 0 ? x + dx : x - dx - width;
    const box = { left, right: left + width, top: end.y - labelHeight / 2, bottom: end.y + labelHeight / 2 };
    const isInside =
      box.left >= within.left && box.right <= within.right && box.top >= within.top && box.bottom <= within.bottom;
    return isInside ? [{ box, line: dx === beside && dy === 0 ? null : end }] : [];
  });
}

function isFree(
  point: Named,
  { box, line }: Label,
  placed: readonly { readonly point: Named; readonly label: Label }[],
  dots: readonly Omit<Named, 'name'>[],
): boolean {
  const covers = (at: { x: number; y: number }, by: number) =>
    at.x > box.left - by && at.x < box.right + by && at.y > box.top - by && at.y < box.bottom + by;
  if (dots.some((dot) => covers(dot, pointRadius))) return false;
  return placed.every(({ point: from, label }) => {
    if (isOver(box, label.box)) return false;
    if (label.line && along(from, label.line).some((at) => covers(at, 0))) return false;
    return (
      !line || !along(point, line).some((at) => isOver({ left: at.x, right: at.x, top: at.y, bottom: at.y }, label.box))
    );
  });
}

const isOver = (a: Box, b: Box): boolean =>
  a.left < b.right + apart && a.right > b.left - apart && a.top < b.bottom && a.bottom > b.top;

/** Points of a straight line, near enough to each other that no label slips between them. */
function along(from: { x: number; y: number }, to: { x: number; y: number }) {
  const steps = Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / 3);
  return Array.from({ length: steps + 1 }, (_, index) => ({
    x: from.x + ((to.x - from.x) * index) / Math.max(1, steps),
    y: from.y + ((to.y - from.y) * index) / Math.max(1, steps),
  }));
}
