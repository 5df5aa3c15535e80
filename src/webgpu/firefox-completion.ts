/**
 * Firefox looks whether the GPU is done only when something is submitted, and else every 100 ms. Whatever waits for the
 * GPU there (each step of a training, each token of an answer) would wait for that timer. So while something waits, empty
 * submits make it look. Where the queue answers by itself nothing of this runs.
 */

/** An empty queue that takes longer than this to say so, every time, waits for a timer. */
const promptMilliseconds = 30;
const tries = 3;

/** Of the time already waited, the part that may pass until the next look, and the longest pause in milliseconds. */
const pauseShare = 1 / 16;
const longestPause = 8;

/** Something that is called around each wait for the GPU. */
export interface CompletionPoll {
  /** `promise`, while the queue is made to look. */
  during<T>(promise: Promise<T>): Promise<T>;
}

/** Measures on the empty queue of a new device; `undefined` where it answers promptly, as it does in Chromium in 0.1 ms. */
export async function completionPoll(device: GPUDevice): Promise<CompletionPoll | undefined> {
  for (let i = 0; i < tries; i++) {
    const start = performance.now();
    // A device that is lost already answers to others.
    await device.queue.onSubmittedWorkDone().catch(() => {});
    if (performance.now() - start < promptMilliseconds) return undefined;
  }
  return new EmptySubmits(device);
}

class EmptySubmits implements CompletionPoll {
  private waiting = 0;
  private isRunning = false;
  /** When the last wait began or ended. */
  private changedAt = 0;

  constructor(private readonly device: GPUDevice) {}

  async during<T>(promise: Promise<T>): Promise<T> {
    this.waiting++;
    this.changedAt = performance.now();
    if (!this.isRunning) void this.run();
    try {
      return await promise;
    } finally {
      this.waiting--;
      this.changedAt = performance.now();
    }
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    while (this.waiting > 0 && (await this.look())) {
      const pause = Math.min(longestPause, pauseShare * (performance.now() - this.changedAt));
      if (this.waiting > 0 && pause >= 1) await new Promise<void>((resolve) => setTimeout(resolve, pause));
    }
    this.isRunning = false;
  }

  /** Submits nothing. The error scope is the way there and back, so that submits cannot pile up; a lost device ends it. */
  private async look(): Promise<boolean> {
    this.device.pushErrorScope('validation');
    this.device.queue.submit([]);
    return this.device.popErrorScope().then(
      () => true,
      () => false,
    );
  }
}
