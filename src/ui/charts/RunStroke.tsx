/** Runs differ by dash as well as by colour. */
const strokes = [
  { stroke: 'var(--at-trained)' },
  { stroke: 'var(--at-base)', strokeDasharray: '6 4' },
  { stroke: 'var(--at-ink)', strokeDasharray: '2 3' },
  { stroke: 'var(--at-soft)', strokeDasharray: '10 3 2 3' },
  { stroke: 'var(--at-bad)', strokeDasharray: '4 2' },
];

/** How the curve of the run at this place of a comparison is drawn. */
export const strokeOf = (index: number) => strokes[index % strokes.length]!;

/** A piece of that curve, beside the run's name. */
export function RunStroke({ index }: { index: number }) {
  return (
    <svg width="24" height="8" aria-hidden="true">
      <path d="M0 4h24" strokeWidth={2} {...strokeOf(index)} />
    </svg>
  );
}
