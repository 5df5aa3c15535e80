/**
 * A contender in a process or worker of its own, so that no library sees another's globals, memory or garbage. One
 * request is under way at a time.
 */
import {
  type Contender,
  type ContenderName,
  createContender,
  type Results,
  type Surroundings,
  type Task,
} from './contender.ts';

export interface Port {
  send(message: unknown): void;
  receive(onMessage: (message: never) => void): void;
  /** Ends the other side. */
  close(): void;
}

export interface TimedStep {
  readonly loss: number | undefined;
  readonly milliseconds: number;
}

interface Calls {
  /** Gives the contender's description. */
  start(contender: ContenderName, task: Task): Promise<string>;
  first(): Promise<Results>;
  step(): Promise<TimedStep>;
}

type Request = { readonly call: keyof Calls; readonly options: readonly unknown[] };
type Reply = { readonly result: unknown } | { readonly error: string };

/** Answers the requests of `RemoteContender` at the other end. */
export function serveContender(port: Omit<Port, 'close'>, surroundings: Surroundings): void {
  let contender: Contender;
  const calls: Calls = {
    async start(name, task) {
      contender = await createContender(name, task, surroundings);
      return contender.description;
    },
    first: () => contender.first(),
    async step() {
      const start = performance.now();
      const loss = await contender.step();
      return { loss, milliseconds: (performance.now() - start) / contender.repeats };
    },
  };
  port.receive(({ call, options }: Request) => {
    const answer = (calls[call] as (...options: readonly unknown[]) => Promise<unknown>)(...options);
    answer.then(
      (result) => port.send({ result } satisfies Reply),
      (error: unknown) => port.send({ error: error instanceof Error ? error.stack : String(error) } as Reply),
    );
  });
}

export class RemoteContender implements Calls {
  private answer: (reply: Reply) => void = () => {};

  constructor(private readonly port: Port) {
    port.receive((reply: Reply) => this.answer(reply));
  }

  start = (contender: ContenderName, task: Task) => this.request<string>('start', contender, task);
  first = () => this.request<Results>('first');
  step = () => this.request<TimedStep>('step');

  close = () => this.port.close();

  /** The other end is gone. */
  fail(reason: string): void {
    this.answer({ error: reason });
  }

  private request<T>(call: keyof Calls, ...options: readonly unknown[]): Promise<T> {
    return new Promise((resolve, reject) => {
      this.answer = (reply) => ('error' in reply ? reject(new Error(reply.error)) : resolve(reply.result as T));
      this.port.send({ call, options } satisfies Request);
    });
  }
}
