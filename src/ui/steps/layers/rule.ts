import type { Selector } from '../../../worker/protocol.ts';

/** The rules that the panel offers, in its order. `except` is the negated substring test. */
export const ruleKinds = [
  'contains',
  'except',
  'glob',
  'regex',
  'last-layers',
  'freeze-embeddings-and-first',
  'nearest-input',
  'nearest-output',
  'random',
  'bias-only',
  'norms-only',
  'all',
  'none',
] as const;
export type RuleKind = (typeof ruleKinds)[number];

/** How the first layers are found by name: right, or as two of the articles do. */
export const layerMatches = ['whole-index', 'index-prefix', 'dotted-embeddings'] as const;

/** The panel's fields; each rule uses some of them. */
export interface Rule {
  readonly kind: RuleKind;
  readonly text: string;
  readonly percent: number;
  readonly layers: number;
  readonly seed: number;
  readonly mode: 'corrected' | 'as-in-the-article';
  readonly match: (typeof layerMatches)[number];
}

export const initialRule: Rule = {
  kind: 'contains',
  text: '',
  percent: 10,
  layers: 2,
  seed: 0,
  mode: 'corrected',
  match: 'whole-index',
};

export function usesOf(kind: RuleKind) {
  return {
    text: kind === 'contains' || kind === 'except' || kind === 'glob' || kind === 'regex',
    percent: kind === 'nearest-input' || kind === 'nearest-output' || kind === 'random',
    layers: kind === 'last-layers' || kind === 'freeze-embeddings-and-first',
    random: kind === 'random',
    match: kind === 'freeze-embeddings-and-first',
  };
}

/** What the worker is asked; null while a text rule has no text yet. */
export function selectorOf({ kind, text, percent, layers, seed, mode, match }: Rule): Selector | null {
  if (usesOf(kind).text && text === '') return null;
  switch (kind) {
    case 'contains':
    case 'except':
      return { kind: 'contains', text, except: kind === 'except' };
    case 'glob':
    case 'regex':
      return { kind, pattern: text };
    case 'nearest-input':
    case 'nearest-output':
      return { kind, percent };
    case 'random':
      return { kind, percent, seed, mode };
    case 'last-layers':
      return { kind, layers };
    case 'freeze-embeddings-and-first':
      return { kind, layers, match };
    default:
      return { kind };
  }
}
