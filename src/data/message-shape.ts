import { isList, isRecord, type JsonValue } from './json-text.ts';
import { roleOf } from './roles.ts';

const says = ['content', 'value', 'parts', 'tool_calls', 'function_call'];

/** Whether a JSON value is a conversation: a list of messages, or a record with a list for each of their fields. */
export function looksLikeConversation(value: JsonValue): boolean {
  if (isList(value)) return value.every(isMessage) && value.some((message) => isKnown(speaker(message)));
  const roles = speaker(value);
  return isRecord(value) && isList(roles) && roles.some(isKnown) && says.some((key) => isList(value.get(key) ?? null));
}

const isMessage = (value: JsonValue): boolean =>
  isRecord(value) && typeof speaker(value) === 'string' && says.some((key) => value.has(key));

const speaker = (value: JsonValue): JsonValue =>
  isRecord(value) ? (value.get('role') ?? value.get('from') ?? null) : null;

const isKnown = (name: JsonValue): boolean => typeof name === 'string' && roleOf(name) !== null;
