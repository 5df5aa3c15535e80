import { type ReactNode, startTransition, useEffect, useState } from 'react';

/** What is drawn in slices once the rest is there, so that no long task holds up a slow phone. */
export function Later({ children }: { children: ReactNode }) {
  const [due, setDue] = useState(false);
  useEffect(() => startTransition(() => setDue(true)), []);
  return due && children;
}
