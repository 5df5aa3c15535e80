import { because, type Reason } from '../errors.ts';

/** What is asked for is far more than the file can hold, or lies outside it. */
export class OutOfFile extends Error {
  constructor(readonly reason: Reason) {
    super(reason.text);
  }
}

export const damaged = () => new OutOfFile(because`its header is damaged`);
export const tooMany = () => new OutOfFile(because`it announces more values than it can hold`);
export const beyondEnd = () => new OutOfFile(because`it refers to what lies beyond its end`);
