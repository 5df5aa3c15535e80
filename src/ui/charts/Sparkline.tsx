interface Props {
  readonly values: readonly number[];
  /** What it says to those who cannot see it. */
  readonly label: string;
}

const width = 96;
const height = 24;

/** A curve without axes, from left to right over the whole width. */
export function Sparkline({ values, label }: Props) {
  if (values.length < 2) return null;
  const least = Math.min(...values);
  const span = Math.max(...values) - least || 1;
  const points = values.map((value, index) => {
    const x = (index * width) / (values.length - 1);
    const y = height - 2 - ((value - least) / span) * (height - 4);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg width={width} height={height} role="img" aria-label={label}>
      <polyline points={points.join(' ')} fill="none" stroke="var(--at-trained)" strokeWidth={1.5} />
    </svg>
  );
}
