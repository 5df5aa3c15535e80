import type { ParameterKind } from '../graph/types.ts';

/** Bytes by what they are for. `activations` is the transient pool; `staging` what crosses to and from the GPU. */
export type PeakByKind = Readonly<Record<ParameterKind | 'activations' | 'staging', number>>;

/** What one run of a program costs. Exact for the buffers and dispatches we make. */
export interface CostSheet {
  readonly flops: number;
  readonly bytesMoved: number;
  readonly dispatches: number;
  readonly submits: number;
  readonly peakBytes: number;
  readonly peakByKind: PeakByKind;
  readonly largestBinding: number;
  readonly largestDispatchFlops: number;
  /** Seconds by the profile's calibration, or as assumed where nothing was measured. */
  readonly seconds: number;
}
