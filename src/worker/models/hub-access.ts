import { AppError } from '../../errors.ts';
import type { Waiting } from '../../files/hub-patience.ts';
import type { HubAccess } from '../../files/hub-request.ts';
import type { Emit } from '../serve.ts';
import type { HubPlace } from './messages.ts';

/** A function that may be called by itself, as the file readers do. */
export const fetcher: typeof fetch = (input, init) => fetch(input, init);

/** Requests to Hubs: the visitor is told when one has to wait, and can break off whatever is under way. */
export class HubLine {
  private stopper = new AbortController();

  constructor(private readonly emit: Emit) {}

  /** For what is no Hub's, too, as the bundled example. */
  readonly waiting: Waiting = {
    signal: () => this.stopper.signal,
    patience: {
      onWait: ({ reason: { code, params }, waitMs }) => this.emit('hubWait', { code, params, waitMs }),
    },
  };

  access({ endpoint, token }: HubPlace): HubAccess {
    return { fetch: fetcher, endpoint, token, ...this.waiting };
  }

  stop(): void {
    this.stopper.abort(new AppError('hub-cancelled'));
    this.stopper = new AbortController();
  }
}
