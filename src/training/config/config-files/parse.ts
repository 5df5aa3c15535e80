import { AppError, because, type Reason } from '../../../errors.ts';
import { parseYaml } from '../../../text/yaml.ts';

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
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (/^\s*[{[]/.test(text)) throw unreadable(file, because`it is not JSON: ${jsonPlace(text, cause)}`, cause);
  }
  const parsed = await parseYaml(text);
  if ('fault' in parsed) throw unreadable(file, because`it is neither JSON nor YAML: ${parsed.fault}`);
  return parsed.value;
}

const unreadable = (file: string, reason: Reason, cause?: unknown): AppError =>
  new AppError('settings-unreadable', { file, reason }, { cause });

const firstLine = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]!.replace(/[.:]$/, '');

/** Where the text stops being JSON, and what stands there. Engines say the place in words of their own, or not at all. */
function jsonPlace(text: string, cause: unknown): Reason {
  const at = positionIn(text, firstLine(cause));
  if (at === null || at >= text.trimEnd().length) return because`it ends before its last bracket is closed`;
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const place = because`line ${line}, column ${at - before.lastIndexOf('\n')}`;
  if (/[}\]]/.test(text[at]!) && /,\s*$/.test(before))
    return because`a comma too many before the "${text[at]}" of ${place}`;
  return because`at ${place} stands ${JSON.stringify(text[at])}`;
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
