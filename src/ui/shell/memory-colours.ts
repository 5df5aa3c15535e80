import type { TuningPreview } from '../../worker/protocol.ts';

export type MemoryKind = keyof NonNullable<TuningPreview['step']>['peakByKind'];

/** What learns is in the accent and its shades; what stays is neutral. */
export const memoryColours: readonly (readonly [MemoryKind, string])[] = [
  ['weight', 'color-mix(in srgb, var(--at-soft) 55%, var(--at-surface))'],
  ['trained', 'var(--at-trained)'],
  ['optimizer', 'color-mix(in srgb, var(--at-trained) 65%, var(--at-surface))'],
  ['gradient', 'color-mix(in srgb, var(--at-trained) 40%, var(--at-surface))'],
  ['activations', 'color-mix(in srgb, var(--at-soft) 30%, var(--at-surface))'],
  ['cache', 'color-mix(in srgb, var(--at-base) 60%, var(--at-surface))'],
  ['table', 'color-mix(in srgb, var(--at-soft) 80%, var(--at-surface))'],
  ['staging', 'color-mix(in srgb, var(--at-soft) 15%, var(--at-surface))'],
];
