import type { Turn } from './prompt-templates.ts';
import { parsePythonLiteral } from './python-literal.ts';

type Role = 'system' | 'user' | 'assistant';

/** Roles of OpenAI's messages and of ShareGPT's; others (tools, functions) have no place in a plain conversation. */
const roles: Readonly<Record<string, Role>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  prompter: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  chatgpt: 'assistant',
  bot: 'assistant',
  model: 'assistant',
};

interface Message {
  readonly role: Role;
  readonly content: string;
}

/**
 * The turns of a cell that holds a whole conversation: a JSON list of `{role, content}` (OpenAI) or `{from, value}`
 * (ShareGPT), or an object with one under `messages` or `conversations`; written as JSON or as Python prints it. Messages of one side that follow each other
 * are joined; a question without an answer at the end is left out.
 * @returns null where the cell holds none, or nobody answers in it
 */
export function conversationTurns(cell: string): readonly Turn[] | null {
  const messages = parsedMessages(cell);
  if (messages === null) return null;
  const system = messages.filter(({ role }) => role === 'system').map(({ content }) => content);
  const turns: Turn[] = [];
  let question: string | null = null;
  for (const { role, content } of messages) {
    if (role === 'user') question = question === null ? content : `${question}\n\n${content}`;
    if (role !== 'assistant') continue;
    const last = turns.at(-1);
    if (question === null && last) turns[turns.length - 1] = { ...last, answer: `${last.answer}\n\n${content}` };
    else turns.push({ prompt: [question ?? ''], answer: content });
    question = null;
  }
  const [first, ...rest] = turns;
  if (first === undefined) return null;
  return system.length === 0 ? turns : [{ ...first, system: system.join('\n\n') }, ...rest];
}

function parsedMessages(cell: string): Message[] | null {
  if (!/^\s*[[{]/.test(cell)) return null;
  const value = parsedCell(cell);
  const list = Array.isArray(value) ? value : fieldOf(value, ['messages', 'conversations', 'conversation']);
  if (!Array.isArray(list) || list.length === 0) return null;
  const messages = list.map(messageOf);
  return messages.includes(null) ? null : (messages as Message[]);
}

/** JSON, or what pandas makes of a list in a CSV file; null for neither. */
function parsedCell(cell: string): unknown {
  for (const parse of [JSON.parse, parsePythonLiteral] as const) {
    try {
      return parse(cell);
    } catch {
      // The other may read it.
    }
  }
  return null;
}

function messageOf(value: unknown): Message | null {
  const role = roles[String(fieldOf(value, ['role', 'from'])).toLowerCase()];
  const content = textOf(fieldOf(value, ['content', 'value', 'text']));
  return role === undefined || content === null ? null : { role, content };
}

/** A message's text; of a list of parts, those that are text. */
function textOf(content: unknown): string | null {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return null;
  const texts = content.map((part) => fieldOf(part, ['text']));
  return texts.every((text) => typeof text === 'string') ? texts.join('') : null;
}

function fieldOf(value: unknown, names: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const name = names.find((each) => Object.hasOwn(value, each));
  return name === undefined ? undefined : (value as Record<string, unknown>)[name];
}
