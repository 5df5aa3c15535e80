import type { Storage } from '../storage.ts';

/** What a term of a sum is added to. */
export type SumAddend = { readonly kind: 'none' | 'self' } | { readonly kind: 'matrix'; readonly storage: Storage };

export type Addend = SumAddend | { readonly kind: 'row' | 'kept'; readonly storage: Storage };
