import { AppError } from '../../errors.ts';
import type { Waiting } from '../../files/hub-patience.ts';
import type { HubAccess } from '../../files/hub-request.ts';
import type { Emit } from '../serve.ts';
import type { HubPlace, HubPurpose } from './messages.ts';

/** A function that may be called by itself, as the file readers do. */
export const fetcher: typeof fetch = (input, init) => fetch(input, init);

/** Requests to Hubs: the visitor is told when one has to wait, and can break off those of one purpose. */
export class HubLine {
  private readonly stoppers = new Map<HubPurpose, AbortController>();

  constructor(private readonly emit: Emit) {}

  /** For what is no Hub's, too, as the bundled example. */
  waiting(purpose: HubPurpose): Waiting {
    return {
      signal: () => this.stopperOf(purpose).signal,
      patience: {
        onWait: ({ reason: { code, params }, waitMs }) => this.emit('hubWait', { code, params, waitMs, purpose }),
      },
    };
  }

  access({ endpoint, token }: HubPlace, purpose: HubPurpose): HubAccess {
    return { fetch: fetcher, endpoint, token, ...this.waiting(purpose) };
  }

  stop(purpose: HubPurpose): void {
    this.stopperOf(purpose).abort(new AppError('hub-cancelled'));
    this.stoppers.delete(purpose);
  }

  private stopperOf(purpose: HubPurpose): AbortController {
    const stopper = this.stoppers.get(purpose) ?? new AbortController();
    this.stoppers.set(purpose, stopper);
    return stopper;
  }
}
