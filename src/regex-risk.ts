/**
 * Whether an expression of a stranger can make JavaScript's engine, which tries one way after the other, try more ways than
 * end: a repetition of what can itself match in several ways (`(a+)+`, `(a|aa)*`), or many in a row. Such a one is not
 * wrong; it may only be refused, or be carried out by an engine that does not go back.
 */

/** Repetitions of other than a fixed count that one alternative may have. */
const mostChoices = 12;
/** Those without an end among them: each may end at every place. */
const mostEndless = 4;

interface Found {
  /** Items that can match in several lengths, or alternatives. */
  choices: number;
  endless: number;
}

/**
 * @param source in JavaScript's syntax; what is no expression is not risky
 * @param endless repetitions without an end that one alternative may have: the time grows with that power of the text
 */
export function canBacktrackForever(source: string, endless = mostEndless): boolean {
  // A bracket within a set opens another one in some syntaxes, and is itself in others.
  return [true, false].some((nested) => new Reader(source, nested, endless).isRisky());
}

class Reader {
  private at = 0;
  private risky = false;

  constructor(
    private readonly source: string,
    private readonly nested: boolean,
    private readonly mostEndless: number,
  ) {}

  isRisky(): boolean {
    while (this.at < this.source.length && !this.risky) {
      this.alternatives(0);
      this.at++;
    }
    return this.risky;
  }

  /** Up to the end of the group, or of the source. Depth bounds the recursion. */
  private alternatives(depth: number): Found {
    if (depth > 200) {
      this.risky = true;
      this.at = this.source.length;
    }
    const all: Found = { choices: 0, endless: 0 };
    let branch: Found = { choices: 0, endless: 0 };
    let hasWays = false;
    const end = () => {
      if (branch.choices > mostChoices || branch.endless > this.mostEndless) this.risky = true;
      all.choices = Math.max(all.choices, branch.choices);
      all.endless = Math.max(all.endless, branch.endless);
      branch = { choices: 0, endless: 0 };
    };
    while (this.at < this.source.length && this.source[this.at] !== ')') {
      if (this.source[this.at] === '|') {
        this.at++;
        end();
        hasWays = true;
        continue;
      }
      const inner = this.item(depth);
      const [least, most] = this.repetition();
      const varies = least !== most;
      // Where nothing stands behind it nothing fails behind it, and no other way is tried.
      const isLast = depth === 0 && least <= 1 && (this.source[this.at] ?? '|') === '|';
      // A group that varies, again and again.
      if (inner.choices > 0 && most > 4 && !isLast) this.risky = true;
      branch.choices += inner.choices + (varies ? 1 : 0);
      branch.endless += inner.endless + (most === Number.POSITIVE_INFINITY ? 1 : 0);
    }
    end();
    return { ...all, choices: all.choices + (hasWays ? 1 : 0) };
  }

  private item(depth: number): Found {
    const none = { choices: 0, endless: 0 };
    const char = this.source[this.at];
    if (char === '(') {
      const opening = /^\((?:\?(?:<?[=!]|:|>|<[^>]*>|[a-zA-Z-]*:)?)?/.exec(this.source.slice(this.at, this.at + 100))!;
      this.at += opening[0].length;
      const found = this.alternatives(depth + 1);
      this.at++;
      return found;
    }
    if (char === '[') {
      this.set();
      return none;
    }
    const escaped = /^\\(?:[pPuxk]\{[^}]*\}|k<[^>]*>|[\s\S])/.exec(this.source.slice(this.at, this.at + 100));
    this.at += escaped?.[0].length ?? 1;
    return none;
  }

  /** A set of characters, in which others may lie. */
  private set(): void {
    let open = 0;
    do {
      const char = this.source[this.at];
      if (char === '\\') this.at++;
      else if (char === '[' && (this.nested || open === 0)) open++;
      else if (char === ']') open--;
      this.at++;
    } while (open > 0 && this.at < this.source.length);
  }

  /** How often what stands before is repeated. A possessive repetition goes back as well in JavaScript. */
  private repetition(): readonly [least: number, most: number] {
    const found = /^(?:[*+?]|\{(\d*)(,?)(\d*)\})[?+]?/.exec(this.source.slice(this.at, this.at + 40));
    if (!found) return [1, 1];
    this.at += found[0].length;
    const sign = found[0][0];
    if (sign === '?') return [0, 1];
    if (sign !== '{') return [sign === '*' ? 0 : 1, Number.POSITIVE_INFINITY];
    const least = Number(found[1] || 0);
    return [least, found[2] === '' ? least : found[3] ? Number(found[3]) : Number.POSITIVE_INFINITY];
  }
}
