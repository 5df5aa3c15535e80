import { dispatchSeconds } from './cost.ts';
import type { DeviceProfile } from './profile.ts';
import type { Dispatch } from './types.ts';

/** One command buffer should not keep the GPU from the desktop for longer than this. */
const longestSubmitSeconds = 0.2;

/** Numbers the dispatches by command buffer; the rates of the profile say when one is full. */
export function cutSubmits(dispatches: readonly Dispatch[], profile: DeviceProfile): Dispatch[] {
  let submit = 0;
  let seconds = 0;
  return dispatches.map((dispatch) => {
    const own = dispatchSeconds(dispatch, profile);
    if (seconds > 0 && seconds + own > longestSubmitSeconds) {
      submit++;
      seconds = 0;
    }
    seconds += own;
    return { ...dispatch, submit };
  });
}
