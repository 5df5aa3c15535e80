import type { AppError, Reason } from '../errors.ts';
import { because } from '../errors.ts';

/**
 * Reads a Python pickle as data. Pickles are programs; this machine knows only the instructions that build plain values
 * (protocol 2, which `torch.save` writes), and the few globals that its caller names, each of them our own function.
 * Any other instruction or global is refused before anything comes of it. Dicts become `Map`s, tuples and lists arrays.
 */

/** What a pickle may name: a constant, or a function that is called with the arguments found in the pickle. */
export class PickleGlobal {
  constructor(
    readonly name: string,
    readonly call?: (args: readonly unknown[]) => unknown,
  ) {}
}

export interface PickleRules {
  /** By "module name". */
  readonly globals: ReadonlyMap<string, PickleGlobal>;
  /** The value of an object that is stored outside of the pickle, from its identifier. */
  readonly persistent: (id: unknown) => unknown;
  readonly invalid: (reason: Reason) => AppError;
}

/** A tensor takes about 40, so this is some 25,000 tensors; it bounds the memory that a hostile file can ask for. */
const maxInstructions = 1_000_000;

/** @throws what `rules.invalid` makes. */
export const readPickle = (bytes: Uint8Array, rules: PickleRules): unknown => readPickleAt(bytes, 0, rules).value;

/** The pickle that begins `at` a place, and where it ends. @throws what `rules.invalid` makes. */
export function readPickleAt(bytes: Uint8Array, at: number, rules: PickleRules): { value: unknown; end: number } {
  const machine = new PickleMachine(bytes, at, rules);
  for (let count = 0; count < maxInstructions; count++) {
    const code = machine.take(1)[0]!;
    if (code === 0x2e) return { value: machine.pop(), end: machine.place }; // STOP
    const instruction = instructions[code];
    if (!instruction)
      throw rules.invalid(
        because`its pickle has the instruction 0x${code.toString(16)}, which plain data does not need`,
      );
    instruction(machine);
  }
  throw rules.invalid(because`its pickle is too long`);
}

/** Every instruction that is understood, by its code, in the order of Python's pickletools. */
const instructions: Readonly<Record<number, (machine: PickleMachine) => void>> = {
  74: (m) => m.push(m.view(4).getInt32(0, true)), // BININT
  75: (m) => m.push(m.take(1)[0]!), // BININT1
  77: (m) => m.push(m.view(2).getUint16(0, true)), // BININT2
  138: (m) => m.push(m.integer(m.take(m.take(1)[0]!))), // LONG1
  78: (m) => m.push(null), // NONE
  136: (m) => m.push(true), // NEWTRUE
  137: (m) => m.push(false), // NEWFALSE
  84: (m) => m.push(m.text(m.take(m.view(4).getInt32(0, true)))), // BINSTRING, of Python 2
  85: (m) => m.push(m.text(m.take(m.take(1)[0]!))), // SHORT_BINSTRING
  88: (m) => m.push(m.text(m.take(m.view(4).getUint32(0, true)))), // BINUNICODE
  71: (m) => m.push(m.view(8).getFloat64(0, false)), // BINFLOAT
  93: (m) => m.push([]), // EMPTY_LIST
  97: (m) => m.append([m.pop()]), // APPEND
  101: (m) => m.append(m.popToMark()), // APPENDS
  41: (m) => m.push([]), // EMPTY_TUPLE
  116: (m) => m.push(m.popToMark()), // TUPLE
  133: (m) => m.push(m.popMany(1)), // TUPLE1
  134: (m) => m.push(m.popMany(2)), // TUPLE2
  135: (m) => m.push(m.popMany(3)), // TUPLE3
  125: (m) => m.push(new Map()), // EMPTY_DICT
  115: (m) => m.setItems(m.popMany(2)), // SETITEM
  117: (m) => m.setItems(m.popToMark()), // SETITEMS
  40: (m) => m.mark(), // MARK
  104: (m) => m.recall(m.take(1)[0]!), // BINGET
  106: (m) => m.recall(m.view(4).getUint32(0, true)), // LONG_BINGET
  113: (m) => m.remember(m.take(1)[0]!), // BINPUT
  114: (m) => m.remember(m.view(4).getUint32(0, true)), // LONG_BINPUT
  99: (m) => m.global(`${m.line()} ${m.line()}`), // GLOBAL
  82: (m) => m.reduce(), // REDUCE
  98: (m) => m.build(), // BUILD
  128: (m) => m.protocol(m.take(1)[0]!), // PROTO
  81: (m) => m.persistent(m.pop()), // BINPERSID
};

class PickleMachine {
  private readonly stack: unknown[] = [];
  /** Heights of the stack where a MARK stands. */
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, unknown>();

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
    private readonly rules: PickleRules,
  ) {}

  get place(): number {
    return this.at;
  }

  take(count: number): Uint8Array {
    if (count < 0 || count > this.bytes.length - this.at) throw this.rules.invalid(because`its pickle ends early`);
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  view(count: number): DataView {
    const { buffer, byteOffset } = this.take(count);
    return new DataView(buffer, byteOffset, count);
  }

  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw this.rules.invalid(because`its pickle ends early`);
    const line = this.text(this.take(end - this.at));
    this.at++;
    return line;
  }

  text(bytes: Uint8Array): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw this.rules.invalid(because`its pickle holds text that is not UTF-8`);
    }
  }

  /** A little-endian number in two's complement. Sizes need no more than 8 bytes. */
  integer(bytes: Uint8Array): number {
    if (bytes.length > 8) throw this.rules.invalid(because`its pickle holds a number of more than 64 bits`);
    const bits = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    return Number(BigInt.asIntN(8 * bytes.length, bits));
  }

  push(value: unknown): void {
    this.stack.push(value);
  }

  pop(): unknown {
    return this.popMany(1)[0];
  }

  popMany(count: number): unknown[] {
    const height = this.stack.length - count;
    if (height < (this.marks.at(-1) ?? 0)) throw this.damaged();
    return this.stack.splice(height);
  }

  mark(): void {
    this.marks.push(this.stack.length);
  }

  popToMark(): unknown[] {
    const height = this.marks.pop();
    if (height === undefined) throw this.damaged();
    return this.stack.splice(height);
  }

  append(values: readonly unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw this.damaged();
    for (const value of values) list.push(value);
  }

  setItems(pairs: readonly unknown[]): void {
    const dict = this.top();
    if (!(dict instanceof Map) || pairs.length % 2 !== 0) throw this.damaged();
    for (let at = 0; at < pairs.length; at += 2) dict.set(pairs[at], pairs[at + 1]);
  }

  remember(index: number): void {
    this.memo.set(index, this.top());
  }

  recall(index: number): void {
    if (!this.memo.has(index)) throw this.damaged();
    this.push(this.memo.get(index));
  }

  global(name: string): void {
    const known = this.rules.globals.get(name);
    if (!known)
      throw this.rules.invalid(
        because`its pickle asks for "${printable(name.replace(' ', '.'))}", which is no tensor data`,
      );
    this.push(known);
  }

  reduce(): void {
    const [callee, args] = this.popMany(2);
    if (!(callee instanceof PickleGlobal) || !callee.call)
      throw this.rules.invalid(because`its pickle calls what is no function`);
    if (!Array.isArray(args)) throw this.damaged();
    this.push(callee.call(args));
  }

  /** State set on an object: a state dict carries its `_metadata` so, which reading tensors does not need. */
  build(): void {
    this.pop();
    if (!(this.top() instanceof Map)) throw this.rules.invalid(because`its pickle changes an object that is no dict`);
  }

  protocol(version: number): void {
    if (version !== 2) throw this.rules.invalid(because`its pickle has protocol ${version} in place of 2`);
  }

  persistent(id: unknown): void {
    this.push(this.rules.persistent(id));
  }

  private top(): unknown {
    const floor = this.marks.at(-1) ?? 0;
    if (this.stack.length <= floor) throw this.damaged();
    return this.stack.at(-1);
  }

  private damaged(): AppError {
    return this.rules.invalid(because`its pickle is damaged`);
  }
}

/** A name from a file, short and on one line. */
function printable(name: string): string {
  const line = name.replace(/[^\x20-\x7e]/g, '?');
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}
