import type { CostSheet, PeakByKind } from './cost-sheet.ts';
import type { DeviceProfile } from './profile.ts';
import { assumedCalibration, secondsOf, type Work } from './rates.ts';
import type { Dispatch, PersistentLayout } from './types.ts';

/** Seconds by what was measured on the device of a profile, else by what is assumed of it. */
export const workSeconds = (work: Work, profile: DeviceProfile): number =>
  secondsOf(work, (profile.calibration ?? assumedCalibration(profile)).work);

/** Seconds that one dispatch keeps the device busy, by the profile's assumed rates: for cutting submits. */
export const dispatchSeconds = (
  { flops, bytesMoved }: Pick<Dispatch, 'flops' | 'bytesMoved'>,
  profile: DeviceProfile,
): number => Math.max(flops / profile.flopsPerSecond, bytesMoved / profile.bytesPerSecond);

export interface PlannedBytes {
  readonly dispatches: readonly Dispatch[];
  readonly layout: PersistentLayout;
  readonly pool: readonly number[];
  readonly staging: number;
  readonly profile: DeviceProfile;
}

export function costSheet({ dispatches, layout, pool, staging, profile }: PlannedBytes): CostSheet {
  const total = (of: (dispatch: Dispatch) => number): number =>
    dispatches.reduce((sum, dispatch) => sum + of(dispatch), 0);
  const peakByKind = peakBytes(layout, pool, staging);
  const flops = total((dispatch) => dispatch.flops);
  const bytesMoved = total((dispatch) => dispatch.bytesMoved);
  let largestBinding = 0;
  for (const { bindings } of dispatches)
    for (const { bytes } of bindings) largestBinding = Math.max(largestBinding, bytes);
  return {
    flops,
    bytesMoved,
    dispatches: dispatches.length,
    submits: (dispatches.at(-1)?.submit ?? -1) + 1,
    peakBytes: Object.values(peakByKind).reduce((sum, bytes) => sum + bytes, 0),
    peakByKind,
    largestBinding,
    largestDispatchFlops: dispatches.reduce((most, { flops }) => Math.max(most, flops), 0),
    seconds: workSeconds({ runs: 1, dispatches: dispatches.length, flops, bytes: bytesMoved }, profile),
  };
}

function peakBytes(layout: PersistentLayout, pool: readonly number[], staging: number): PeakByKind {
  const bytes = { weight: 0, trained: 0, gradient: 0, optimizer: 0, cache: 0, table: 0, activations: 0, staging };
  for (const buffer of layout.buffers.values()) bytes[buffer.kind] += buffer.bytes;
  for (const size of pool) bytes.activations += size;
  return bytes;
}

/**
 * The sheet of programs that share one run: their persistent buffers are the same, their pool is the largest of theirs,
 * and work is counted by how often each runs, such as micro-steps and one update for an optimizer step.
 * `sheets` must come from plans made one after the other, so that the last one knows every persistent buffer.
 */
export function combineSheets(sheets: readonly { readonly sheet: CostSheet; readonly times: number }[]): CostSheet {
  const all = sheets.map(({ sheet }) => sheet);
  const last = all.at(-1);
  if (last === undefined) throw new Error('combineSheets needs a sheet');
  const most = (of: (sheet: CostSheet) => number): number => Math.max(...all.map(of));
  const total = (of: (sheet: CostSheet) => number): number =>
    sheets.reduce((sum, { sheet, times }) => sum + times * of(sheet), 0);
  const peakByKind: PeakByKind = {
    ...last.peakByKind,
    activations: most((sheet) => sheet.peakByKind.activations),
    staging: all.reduce((sum, sheet) => sum + sheet.peakByKind.staging, 0),
  };
  return {
    flops: total((sheet) => sheet.flops),
    bytesMoved: total((sheet) => sheet.bytesMoved),
    dispatches: total((sheet) => sheet.dispatches),
    submits: total((sheet) => sheet.submits),
    peakBytes: Object.values(peakByKind).reduce((sum, bytes) => sum + bytes, 0),
    peakByKind,
    largestBinding: most((sheet) => sheet.largestBinding),
    largestDispatchFlops: most((sheet) => sheet.largestDispatchFlops),
    seconds: total((sheet) => sheet.seconds),
  };
}
