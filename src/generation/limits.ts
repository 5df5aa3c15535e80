import type { GenerationSettings } from './request.ts';

/** What ends a text beside its end tokens. */
export class Limits {
  private readonly started: number;

  /**
   * @param room tokens that prompt and answer may have together
   * @param now milliseconds of a clock that never goes back
   */
  constructor(
    private readonly settings: GenerationSettings,
    private readonly room: number,
    private readonly now: () => number,
  ) {
    this.started = now();
  }

  /** Why no further token may come, or null. */
  reached(length: number, generated: number): 'length' | 'time' | null {
    const { maxNewTokens, maxSeconds } = this.settings;
    if (generated >= maxNewTokens || length >= this.room) return 'length';
    return maxSeconds && (this.now() - this.started) / 1000 >= maxSeconds ? 'time' : null;
  }

  /** Whether a stop sequence stands at the end of what was generated. */
  stops(ids: readonly number[], promptLength: number): boolean {
    return this.settings.stopSequences?.some((stop) => endsWith(ids, stop, promptLength)) ?? false;
  }
}

function endsWith(ids: readonly number[], stop: readonly number[], from: number): boolean {
  const start = ids.length - stop.length;
  return stop.length > 0 && start >= from && stop.every((id, index) => ids[start + index] === id);
}
