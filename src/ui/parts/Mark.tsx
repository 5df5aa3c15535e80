/** The product's mark: a loss curve that comes down. */
export function Mark() {
  return (
    <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M3 3v18h18" fill="none" stroke="var(--at-line)" strokeWidth="1.5" />
      <path
        d="M5 7c2 0 3 1 5 3.5s5 3.5 10 4.5"
        fill="none"
        stroke="var(--at-base)"
        strokeWidth="1.5"
        strokeDasharray="2 2.5"
        strokeLinecap="round"
      />
      <path
        d="M5 4c1.5 7 4.5 12.5 15 14"
        fill="none"
        stroke="var(--at-trained)"
        strokeWidth="2.5"
        strokeLinecap="round"
      />
    </svg>
  );
}
