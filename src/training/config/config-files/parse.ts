import { AppError, because, type Reason } from '../../../errors.ts';
import { firstLine, parseYaml } from '../../../text/yaml.ts';

/**
 * The object that a file of settings holds, JSON or YAML. YAML holds JSON, but its reader is loaded only for what is not.
 * @throws AppError 'settings-unreadable' with the place
 */
export async function parseSettings(text: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  const parsed = await parsedText(text.replace(/^\uFEFF/, ''), file);
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  const found = Array.isArray(parsed) ? because`a list` : parsed === null ? because`nothing` : because`a single value`;
  throw unreadable(file, because`it holds ${found}, and settings are an object of keys and values`);
}

async function parsedText(text: string, file: string): Promise<unknown> {
  const json = parsedJson(text);
  if ('value' in json) {
    const repeated = repeatedKey(text);
    if (repeated) throw unreadable(file, repeated);
    return json.value;
  }
  if (/^\s*[{[]/.test(text))
    throw unreadable(file, because`it is not JSON: ${jsonPlace(text, json.cause)}`, json.cause);
  const parsed = await parseYaml(text);
  if ('fault' in parsed) throw unreadable(file, because`it is neither JSON nor YAML: ${parsed.fault}`);
  return parsed.value;
}

function parsedJson(text: string): { readonly value: unknown } | { readonly cause: unknown } {
  try {
    return { value: JSON.parse(text) };
  } catch (cause) {
    return { cause };
  }
}

/** That an object of a JSON text has one key twice, of which JavaScript takes the last; null where none has. */
function repeatedKey(text: string): Reason | null {
  const keys: Set<string>[] = [];
  for (const { 0: token, 1: string, 2: colon, index } of text.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}]/g)) {
    if (token === '{') keys.push(new Set());
    else if (token === '}') keys.pop();
    else if (colon !== undefined) {
      const key: string = JSON.parse(string!);
      if (keys.at(-1)!.has(key))
        return because`the key ${JSON.stringify(key)} stands twice, again at ${placeOf(text, index)}`;
      keys.at(-1)!.add(key);
    }
  }
  return null;
}

const unreadable = (file: string, reason: Reason, cause?: unknown): AppError =>
  new AppError('settings-unreadable', { file, reason }, { cause });

/** Where the text stops being JSON, and what stands there. Engines say the place in words of their own, or not at all. */
function jsonPlace(text: string, cause: unknown): Reason {
  const message = firstLine(cause);
  const at = positionIn(text, message);
  const number = otherNumber(text);
  // Some engines say where its minus ends.
  if (number && (at === null || Math.abs(at - number.index) <= 1))
    return because`at ${placeOf(text, number.index)} stands ${number.name}, which JSON does not have: write a number`;
  const token = /^Unexpected token '?(.)'?[ ,]/u.exec(message)?.[1];
  if (at === null && token !== undefined) return because`${JSON.stringify(token)} stands where it must not`;
  if (at === null || at >= text.trimEnd().length) return because`it ends before its last bracket is closed`;
  const before = text.slice(0, at);
  const place = placeOf(text, at);
  if (/[}\]]/.test(text[at]!) && /,\s*$/.test(before))
    return because`a comma too many before the "${text[at]}" of ${place}`;
  return because`at ${place} stands ${JSON.stringify(text[at])}`;
}

function placeOf(text: string, at: number): Reason {
  const before = text.slice(0, at);
  return because`line ${before.split('\n').length}, column ${at - before.lastIndexOf('\n')}`;
}

/** The first number that Python writes into JSON, and JSON does not have. */
function otherNumber(text: string): { readonly name: string; readonly index: number } | undefined {
  for (const { 1: name, index } of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|(-?Infinity|NaN)/g))
    if (name !== undefined) return { name, index };
  return undefined;
}

function positionIn(text: string, message: string): number | null {
  const position = /position (\d+)/.exec(message);
  if (position) return Number(position[1]);
  const place = /line (\d+) column (\d+)/.exec(message);
  if (place) {
    const lines = text.split('\n').slice(0, Number(place[1]) - 1);
    return lines.reduce((sum, { length }) => sum + length + 1, 0) + Number(place[2]) - 1;
  }
  // V8 names only the character in some messages: `Unexpected token } in …`.
  return null;
}
