export interface Stops {
  /** Carries out work that its request may stop. */
  stoppable<T>(requestId: string, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Of a request that is done, and of none, nothing is left to stop. */
  stop(requestId: string): void;
}

/** Which requests go on, and how each is stopped. */
export function createStops(): Stops {
  const stops = new Map<string, AbortController>();
  return {
    async stoppable(requestId, work) {
      const stop = new AbortController();
      stops.set(requestId, stop);
      try {
        return await work(stop.signal);
      } finally {
        stops.delete(requestId);
      }
    },
    stop: (requestId) => stops.get(requestId)?.abort(),
  };
}
