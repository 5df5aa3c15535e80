import { type StepName, stepNames } from '../store.ts';

/** Where the visitor is: a step, and the run that it shows; without one the training step shows the form. */
export interface Place {
  readonly step: StepName;
  readonly runId: string | null;
  /** A run of someone else, which the address holds whole. */
  readonly shared?: string | undefined;
}

/**
 * Addresses lie behind the `#`, so that a reload asks any static server, under any path, for the same one file:
 * `#/data`, `#/runs/ID`, `#/use/ID`, `#/shared/RUN`.
 */
export function addressOf({ step, runId, shared }: Place): string {
  if (shared !== undefined) return `#/shared/${shared}`;
  if (runId === null) return `#/${step}`;
  return step === 'train' ? `#/runs/${encodeURIComponent(runId)}` : `#/${step}/${encodeURIComponent(runId)}`;
}

/** The place of an address; the first step where there is none; null of an anchor in the page. */
export function placeOf(hash: string): Place | null {
  if (hash === '' || hash === '#') return { step: 'model', runId: null };
  if (!hash.startsWith('#/')) return null;
  const [first = '', id = ''] = hash.slice(2).split('/');
  if (first === 'shared') return { step: 'train', runId: null, shared: decoded(id) };
  const runId = id === '' ? null : decoded(id);
  if (first === 'runs') return { step: 'train', runId };
  const step = stepNames.find((name) => name === first);
  return step ? { step, runId: step === 'use' ? runId : null } : { step: 'model', runId: null };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const isSamePlace = (a: Place, b: Place): boolean =>
  a.step === b.step && a.runId === b.runId && a.shared === b.shared;
