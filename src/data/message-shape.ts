import { isRecord, type JsonValue } from './json-text.ts';
import { roleOf } from './roles.ts';

/** Whether a JSON value is one message of a conversation. */
export function looksLikeMessage(value: JsonValue): boolean {
  if (!isRecord(value)) return false;
  const role = value.get('role') ?? value.get('from');
  return (
    typeof role === 'string' &&
    roleOf(role) !== null &&
    ['content', 'value', 'tool_calls'].some((key) => value.has(key))
  );
}
