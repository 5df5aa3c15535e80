/**
 * Row kernels: `perThread` gives each thread a row (64 rows a workgroup; no barriers, for software adapters), else each
 * workgroup of 256 threads takes a row. The row (or group of 64 rows) is the flat workgroup number.
 */
export interface RowForm {
  readonly perThread: boolean;
}

/** Rows whose width is a multiple of 4 are read and written in vectors of four. */
export interface VectorRowForm extends RowForm {
  readonly vec4: boolean;
}

/** What the gradient through a norm is added to: nothing, a binding of the same shape, or what dx holds. */
export type NormAddend = 'none' | 'matrix' | 'self';

/** Threads that share a row where they are not on rows of their own. */
export const rowThreads = 256;
