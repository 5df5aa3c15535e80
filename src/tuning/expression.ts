import { RE2JS } from 're2js';
import { canBacktrackForever } from '../regex-risk.ts';

/** An expression of a run config or of the form, carried out in a time that grows with the text and not beyond. */
export interface Expression {
  test(text: string): boolean;
  /** What the groups found, the whole first. */
  exec(text: string): readonly (string | null | undefined)[] | null;
}

/** An expression that could try more ways than end, and that the engine without going back does not know. */
export class RiskyExpression extends Error {}

/** Repetitions without an end that are tried one way after the other over a name. */
const endlessOfNames = 2;

/**
 * Simple ones are JavaScript's own; of others RE2's engine keeps all ways at once. It has no look-around and no references,
 * with which only simple ones are carried out.
 * @throws RiskyExpression; SyntaxError for what is no expression, or larger than the engine carries out
 */
export function expressionOf(source: string, flags = ''): Expression {
  const own = new RegExp(source, flags);
  if (canBacktrackForever(source, endlessOfNames)) {
    const linear = linearOf(source, flags);
    if (linear) return linear;
    if (canBacktrackForever(source)) throw new RiskyExpression(source);
  }
  // V8 finds out that one is too large where it is first carried out, anew for wide letters and for the second time.
  if (source.length > 1000) for (const text of ['', '', '漢', '漢']) own.test(text);
  return own;
}

const flagsOf: Readonly<Record<string, number>> = {
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
};

/** What RE2 reads, and otherwise than JavaScript: \10 as a character, \Q and \A as no letters, [[:alpha:]] as one set. */
const readOtherwise = /\\[1-9AaCEPpQz]|\[:/;

function linearOf(source: string, flags: string): Expression | null {
  if (readOtherwise.test(source)) return null;
  try {
    const compiled = RE2JS.compile(
      source,
      [...flags].reduce((all, flag) => all | flagsOf[flag]!, 0),
    );
    return {
      test: (text) => compiled.matcher(text).find(),
      exec(text) {
        const matcher = compiled.matcher(text);
        return matcher.find() ? Array.from({ length: matcher.groupCount() + 1 }, (_, at) => matcher.group(at)) : null;
      },
    };
  } catch {
    return null;
  }
}

/** A pattern in which * is any text and ? one character, against the whole of a text: in time of both lengths' product. */
export function globMatches(pattern: string, text: string): boolean {
  let [at, from] = [0, 0];
  /** Behind the last star, and where in the text it is tried to end. */
  let [star, mark] = [-1, 0];
  while (from < text.length) {
    if (pattern[at] === '*') [star, mark] = [++at, from];
    else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[from])) {
      at++;
      from++;
    } else if (star >= 0) [at, from] = [star, ++mark];
    else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
