import { AppError } from '../errors.ts';

const errorCode = (error: GPUError): 'gpu-out-of-memory' | 'gpu-validation' =>
  error.constructor.name === 'GPUOutOfMemoryError' ? 'gpu-out-of-memory' : 'gpu-validation';

const toAppError = (error: GPUError): AppError =>
  new AppError(errorCode(error), { reason: error.message, bytes: '?' }, { cause: error });

/**
 * Hears what TensorFlow.js does not tell: a refused shader leaves plausible old numbers in its output, so the first
 * error of the device must fail every call from then on.
 */
export class DeviceWatch {
  /** Rejects once, when the device is gone. */
  readonly lost: Promise<never>;
  private failure: AppError | undefined;
  private released = false;

  constructor(private readonly device: GPUDevice | undefined) {
    this.lost =
      device === undefined
        ? new Promise<never>(() => {})
        : device.lost.then(({ reason, message }) => {
            if (this.released) return new Promise<never>(() => {});
            this.failure ??= new AppError('device-lost', { reason: message || reason });
            throw this.failure;
          });
    // Nobody need wait for it.
    this.lost.catch(() => {});
    device?.addEventListener('uncapturederror', this.onError);
  }

  /** @throws AppError with the first failure of the device. */
  check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /**
   * Calls `enqueue` under error scopes and waits for what it promises; any error of the device that came up meanwhile
   * is thrown instead of a result.
   */
  async guard<T>(enqueue: () => Promise<T>): Promise<T> {
    const { device } = this;
    if (device === undefined) return await enqueue();
    this.check();
    device.pushErrorScope('out-of-memory');
    device.pushErrorScope('validation');
    let pending: Promise<T>;
    try {
      pending = enqueue();
    } finally {
      // Popped in the same turn, so that the scopes of two runs in flight do not interleave.
      for (let scopes = 0; scopes < 2; scopes++)
        device.popErrorScope().then(
          (error) => error !== null && this.note(error),
          () => {},
        );
    }
    const result = await Promise.race([pending, this.lost]);
    // A scope's answer comes by the time the queue has finished, and one turn later at most.
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.check();
    return result;
  }

  dispose(): void {
    this.released = true;
    this.device?.removeEventListener('uncapturederror', this.onError);
  }

  private note(error: GPUError): void {
    this.failure ??= toAppError(error);
  }

  private onError = (event: GPUUncapturedErrorEvent): void => {
    event.preventDefault();
    this.note(event.error);
  };
}
