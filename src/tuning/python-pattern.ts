/** Python's regular expressions in JavaScript, as far as they say the same; PEFT's patterns are Python's. */

import { type Expression, expressionOf } from './expression.ts';

/** A pattern that cannot be said in JavaScript. */
export class UnsaidPattern extends Error {}

/**
 * The expression for the whole of a text, as Python's `re.fullmatch(pattern, text)` with `before` and `after` around the
 * pattern (already JavaScript's). Texts are ASCII, as the paths of modules are: `\d`, `\w` and `\s` then mean the same.
 * @throws UnsaidPattern for syntax that has no counterpart; RiskyExpression; SyntaxError for what is no pattern in either
 */
export function pythonPattern(pattern: string, before = '', after = ''): Expression {
  const { source, flags } = new Translation(pattern).whole();
  return expressionOf(`^(?:${before}(?:${source})${after})$`, flags);
}

/** Global flags that Python writes before a pattern; a, u and L change nothing for ASCII. */
const knownFlags = 'imsxauL';

/** Begin and end of the text, and a character, that JavaScript writes otherwise. */
const anchors: Readonly<Record<string, string>> = {
  '\\A': '(?<![^])',
  '\\Z': '(?![^])',
  '\\z': '(?![^])',
  '\\a': '\\x07',
};

class Translation {
  private at = 0;
  private flags = '';
  /** Where in the output each open group begins; of an atomic one, the number of its capture in JavaScript. */
  private readonly open: { readonly begin: number; readonly atomic: number | undefined; readonly inner: number }[] = [];
  /** Where in the output the last item begins, which a repetition is of. */
  private item = 0;
  private out = '';
  /** Captures so far; by Python's number of each, JavaScript's, which also counts those that say an atomic group. */
  private groups = 0;
  private readonly numbers: number[] = [0];
  private readonly names = new Map<string, number>();
  /** Of the last item, the number of the first capture within; none where it is no group. */
  private inner = Number.POSITIVE_INFINITY;
  /** Captures within what is repeated: JavaScript forgets at each repetition what Python keeps. */
  private readonly forgotten = new Set<number>();
  private readonly referred = new Map<number, string>();

  constructor(private readonly pattern: string) {}

  whole(): { source: string; flags: string } {
    const global = /^\(\?([a-zA-Z]+)\)/.exec(this.pattern);
    if (global) {
      this.flags = global[1]!;
      this.at = global[0].length;
      for (const flag of this.flags) if (!knownFlags.includes(flag)) throw new UnsaidPattern(`(?${flag})`);
    }
    while (this.at < this.pattern.length) this.next();
    for (const [number, said] of this.referred) if (this.forgotten.has(number)) throw new UnsaidPattern(said);
    return { source: this.out, flags: [...'ims'].filter((flag) => this.flags.includes(flag)).join('') };
  }

  private next(): void {
    const rest = this.pattern.slice(this.at);
    const char = rest[0]!;
    const repeated = /^(?:[*+?]|\{(?:\d+,?\d*|,\d+)\})/.exec(rest)?.[0];
    const ignored = this.flags.includes('x') ? /^(?:\s+|#[^\n]*)/.exec(rest)?.[0] : undefined;
    if (char === '\\') this.escape(rest);
    else if (char === '[') this.set(rest);
    else if (char === '(') this.group(rest);
    else if (char === ')') this.close();
    else if (repeated) this.repeat(repeated, rest);
    else if (ignored) this.skip(ignored.length);
    // A brace that begins no repetition is itself, which JavaScript does not promise.
    else this.take('{}'.includes(char) ? `\\${char}` : char, 1);
  }

  private take(said: string, length: number): void {
    this.item = this.out.length;
    this.inner = Number.POSITIVE_INFINITY;
    this.out += said;
    this.skip(length);
  }

  private skip(length: number): void {
    this.at += length;
  }

  private escape(rest: string): void {
    const same = /^\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|[dDwWsSbBtnrfv^$\\.*+?()[\]{}|/])/.exec(rest)?.[0];
    const number = /^\\([1-9]\d?)/.exec(rest);
    const own = anchors[rest.slice(0, 2)];
    if (same) this.take(same, same.length);
    else if (own) this.take(own, 2);
    else if (number) this.take(this.reference(Number(number[1])), number[0].length);
    else if (/^\\[\da-zA-Z]/.test(rest)) throw new UnsaidPattern(rest.slice(0, 2));
    else this.take(rest.slice(1, 2), 2);
  }

  private reference(number: number): string {
    const own = this.numbers[number];
    if (own === undefined) throw new UnsaidPattern(`\\${number}`);
    this.referred.set(number, `\\${number}`);
    return `(?:\\${own})`;
  }

  /** A set of characters: "]" may come first, and "[" needs no escape. */
  private set(rest: string): void {
    const match = /^\[(\^?)(\]?(?:\\[\s\S]|[^\]\\])*)\]/.exec(rest);
    if (!match) throw new SyntaxError('unterminated character set');
    const [whole, not, members = ''] = match;
    const strange = /\\(?![dDwWsSbtnrfv\\\]^\-[.*+?(){}|$/]|x[\da-fA-F]{2}|u[\da-fA-F]{4})[\da-zA-Z]/.exec(members);
    if (strange) throw new UnsaidPattern(strange[0]);
    const first = members.startsWith(']') ? `\\${members}` : members;
    this.take(`[${not}${first}]`, whole.length);
  }

  private group(rest: string): void {
    const comment = /^\(\?#[^)]*\)?/.exec(rest)?.[0];
    const named = /^\(\?P=(\w+)\)/.exec(rest);
    const opening = /^\((?:\?(?:P<\w+>|>|:|=|!|<=|<!))?/.exec(rest)![0];
    if (comment && !comment.endsWith(')')) throw new SyntaxError('missing ), unterminated comment');
    if (comment) this.skip(comment.length);
    else if (named) {
      this.referred.set(this.names.get(named[1]!) ?? 0, named[0]);
      this.take(`\\k<${named[1]}>`, named[0].length);
    } else if (rest.startsWith('(?(')) throw new UnsaidPattern('(?(…)…|…)');
    // Flags of a part of the pattern are newer than some engines.
    else if (opening === '(' && rest[1] === '?')
      throw new UnsaidPattern(`${rest.slice(0, rest.search(/[:)]|$/) + 1)}…)`);
    // An atomic group is a look ahead, which is not entered again, and then what it found.
    else if (opening === '(?>') this.begin('(?:(?=(', 3, ++this.groups);
    else {
      if (opening === '(' || opening.startsWith('(?P<')) this.numbers.push(++this.groups);
      if (opening.startsWith('(?P<')) this.names.set(opening.slice(4, -1), this.numbers.length - 1);
      this.begin(opening.replace('(?P<', '(?<'), opening.length);
    }
  }

  private begin(opening: string, length: number, atomic?: number): void {
    this.open.push({ begin: this.out.length, atomic, inner: this.numbers.length });
    this.out += opening;
    this.skip(length);
  }

  private close(): void {
    const opened = this.open.pop();
    if (opened === undefined) throw new SyntaxError('unbalanced parenthesis');
    this.out += opened.atomic === undefined ? ')' : `))\\${opened.atomic})`;
    this.item = opened.begin;
    this.inner = opened.inner;
    this.skip(1);
  }

  private repeat(quantifier: string, rest: string): void {
    const said = quantifier.replace(/^\{,/, '{0,');
    const after = rest[quantifier.length];
    if (quantifier !== '?')
      for (let number = this.inner; number < this.numbers.length; number++) this.forgotten.add(number);
    if (after === '+') this.possess(said);
    else this.out += after === '?' ? `${said}?` : said;
    this.skip(quantifier.length + (after === '+' || after === '?' ? 1 : 0));
  }

  /** A possessive repetition is an atomic group around the item and its repetition. */
  private possess(quantifier: string): void {
    const item = this.out.slice(this.item);
    // Its capture would come before those within, whose numbers are given away.
    if (/\((?!\?)|\(\?</.test(item)) throw new UnsaidPattern(`(…)${quantifier}+`);
    this.groups++;
    this.out = `${this.out.slice(0, this.item)}(?:(?=(${item}${quantifier}))\\${this.groups})`;
  }
}
