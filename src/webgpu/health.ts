import { AppError, type Reason } from '../errors.ts';
import type { CompletionPoll } from './firefox-completion.ts';

/**
 * The one place that hears of a device's failures. A WebGPU call does not throw where it goes wrong: errors come as
 * events, and without this a refused shader leaves plausible old numbers in its output. The first failure stays.
 */
export class DeviceHealth {
  /** Rejects once, when the device is gone. */
  readonly lost: Promise<never>;
  private failure: AppError | undefined;
  private destroyed = false;
  private giveUp: (error: AppError) => void = () => {};

  constructor(
    private readonly device: GPUDevice,
    private readonly poll?: CompletionPoll | undefined,
  ) {
    const told = device.lost.then(({ reason, message }) => {
      // Told by the API as 'destroyed' also where we did it ourselves; then nobody waits.
      const words = message === '' ? reason : message;
      const error = new AppError('device-lost', { reason: words });
      this.failure ??= error;
      if (this.destroyed) return new Promise<never>(() => {});
      throw error;
    });
    // A GPU that hangs may never tell of its end.
    const givenUp = new Promise<never>((_, reject) => {
      this.giveUp = reject;
    });
    this.lost = Promise.race([told, givenUp]);
    // Callers may attach late or never; that is no unhandled rejection.
    this.lost.catch(() => {});
    device.addEventListener('uncapturederror', (event) => {
      event.preventDefault();
      this.report(toGpuError(event.error));
    });
  }

  /** Notes a failure that was caught elsewhere. */
  report(error: AppError): void {
    this.failure ??= error;
  }

  /** Whether a failure was noted: whatever the device is asked for now throws it. */
  get isBroken(): boolean {
    return this.failure !== undefined;
  }

  /** Counts the device as lost, though it does not say so. */
  abandon(reason: Reason): void {
    const error = new AppError('device-lost', { reason });
    this.failure ??= error;
    this.giveUp(error);
    this.destroy();
  }

  /** @throws AppError with the first failure of the device */
  check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /**
   * Waits for a GPU promise; a failure noted by the time it settles is thrown instead of a result that may be stale.
   * @throws AppError
   */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let result: T;
    try {
      result = await (this.poll?.during(promise) ?? promise);
    } catch (cause) {
      // A lost device rejects what is pending before it tells of the loss.
      await Promise.race([this.device.lost, new Promise((resolve) => setTimeout(resolve, 50))]);
      this.check();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new AppError('gpu-validation', { reason }, { cause });
    }
    this.check();
    return result;
  }

  destroy(): void {
    this.destroyed = true;
    this.device.destroy();
  }
}

export function toGpuError(error: GPUError, bytes: number | string = 'some'): AppError {
  const kind = error.constructor.name;
  if (kind === 'GPUOutOfMemoryError') return new AppError('gpu-out-of-memory', { bytes }, { cause: error });
  return new AppError('gpu-validation', { reason: error.message }, { cause: error });
}
