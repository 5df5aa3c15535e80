/** What messages say beside their text, and which of it a prompt template writes. */
import type { Tokenizer } from '../text/tokenizer.ts';
import { effectiveTemplate, type PromptSettings, type Turn } from './prompt-templates.ts';

/** Fields that a chat template may write; others (ids, dates, scores) are nobody's text. */
const thoughts = ['reasoning_content', 'reasoning', 'thinking'] as const;
const tools = ['tool_calls', 'function_call', 'tool', 'tools'] as const;

/** Whether a conversation means nothing where that field is not written. */
export const isTool = (field: string): boolean => (tools as readonly string[]).includes(field);

/** Fields of a message that say more than its text does. */
export function saidBeside(message: Readonly<Record<string, unknown>>): string[] {
  const fields: string[] = [...thoughts, 'tool_calls', 'function_call'].filter((field) => !isNothing(message[field]));
  if (message.role === 'tool') fields.push('tool');
  // Tools are called by their names as well.
  else if (!isNothing(message.name)) fields.push('name');
  return fields;
}

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** Whether a row's answer ends by calling a tool. */
export const callsTool = ({ messages = [] }: Turn): boolean => {
  const last = messages.at(-1);
  return last !== undefined && saidBeside(last).includes('tool_calls');
};

/** What a row's messages say that its template does not write: a template without the name of a field cannot know it. */
export function unwrittenFields(
  row: Turn & { readonly history?: readonly Turn[] },
  tokenizer: Tokenizer,
  settings: Partial<PromptSettings>,
): string[] {
  const turns = [...(row.history ?? []), row];
  const fields = new Set(turns.flatMap(({ messages = [] }) => messages.flatMap(saidBeside)));
  if (!isNothing(row.tools)) fields.add('tools');
  if (fields.size === 0) return [];
  const isChat = effectiveTemplate(settings.prompt_template ?? 'chat', tokenizer) === 'chat';
  const written = isChat ? (tokenizer.chatTemplate ?? '') : '';
  return [...fields].filter((field) => !new RegExp(`\\b${field}\\b`).test(written));
}
