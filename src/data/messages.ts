/** Conversations as cells hold them. */
import type { ChatMessage } from '../text/tokenizer.ts';
import type { ConversationProblem, ExampleRow } from './examples.ts';
import { isList, isRecord, type JsonRecord, type JsonValue, jsonValues, templateValue } from './json-text.ts';
import { saidBeside } from './message-fields.ts';
import type { Turn } from './prompt-templates.ts';
import { parsePythonLiteral } from './python-literal.ts';
import { roleOf } from './roles.ts';

/** What stands beside a conversation in its row. */
export interface Beside {
  /** A system text, which holds where the messages have none. */
  readonly system?: string;
  /** A list of tools. */
  readonly tools?: string;
}

/**
 * The turns of a cell that holds a whole conversation: a JSON list of `{role, content}` (OpenAI) or `{from, value}`
 * (ShareGPT), a record of such lists (`{role: […], content: […]}`), or an object with one under `messages` or
 * `conversations`; written as JSON or as Python prints it. Messages of one side that follow each other are one turn; a question
 * without an answer at the end is left out.
 * @returns null where the cell holds none, or nobody answers in it
 */
export function conversationTurns(cell: string): readonly Turn[] | null {
  const row = conversationRow(cell);
  return row.unreadable === undefined ? [...(row.history ?? []), lastTurn(row)] : null;
}

const lastTurn = ({ history: _, ...turn }: ExampleRow): Turn => turn;

/** A cell's conversation as its last turn, with those before it; or why it is none. */
export function conversationRow(cell: string, beside: Beside = {}): ExampleRow {
  const messages = parsedMessages(cell);
  return typeof messages === 'string' ? unreadable(messages) : rowOf(messages, beside);
}

/** Whether a cell holds messages, though there may be something amiss with them. */
export const holdsMessages = (cell: string): boolean => parsedMessages(cell) !== 'no-conversation';

/**
 * A conversation of which the prompt column has the beginning and the answer column the rest, as lists of messages (TRL's
 * "conversational prompt-completion"); what is no list is the text of one message. Answers in the prompt are not learned.
 * @returns null where neither is a list of messages
 */
export function splitConversation(prompts: readonly string[], answer: string, beside: Beside): ExampleRow | null {
  if (![...prompts, answer].some(holdsMessages)) return null;
  const parts = (cell: string, role: 'user' | 'assistant') => {
    const found = parsedMessages(cell);
    if (found !== 'no-conversation') return found;
    return cell.trim() === '' ? [] : [{ role, content: cell, fields: new Map() }];
  };
  const [asked, answered] = [prompts.map((cell) => parts(cell, 'user')), parts(answer, 'assistant')];
  const broken = [...asked, answered].find((part) => typeof part === 'string');
  if (broken !== undefined) return unreadable(broken as ConversationProblem);
  const after = answered as readonly Message[];
  // Some data sets repeat the question in the answer's list.
  if (after.find(({ role }) => role !== 'system')?.role === 'user') return rowOf(after, beside);
  const before = (asked as readonly Message[][]).flat().map((message) => ({ ...message, learned: false }));
  return rowOf([...before, ...after], beside);
}

const unreadable = (problem: ConversationProblem): ExampleRow => ({ prompt: [], answer: '', unreadable: problem });

interface Message {
  readonly role: ChatMessage['role'];
  readonly content: string;
  /** All that the cell says of it. */
  readonly fields: JsonRecord;
  readonly learned?: boolean;
}

function rowOf(messages: readonly Message[], { system: given = '', tools: listed = '' }: Beside): ExampleRow {
  const own = messages.slice(
    0,
    Math.max(
      0,
      messages.findIndex(({ role }) => role !== 'system'),
    ),
  );
  const spoken = messages.slice(own.length);
  const system = systemOf(messages, own, given);
  const tools = toolsOf(listed);
  if (tools === null) return unreadable('needs-chat');
  const says =
    own.length > 1 || !alternate(spoken) || spoken.some((message) => saidBeside(chatMessage(message)).length > 0);
  const turns = turnsOf(spoken).map((turn) => asTurn(turn, says));
  const [first, ...rest] = turns;
  if (first === undefined) return unreadable('unanswered');
  const several = own.length > 1 ? { messages: [...own.map(chatMessage), ...first.messages!] } : {};
  const all = system === undefined ? turns : [{ ...first, system, ...several }, ...rest];
  return {
    ...all.at(-1)!,
    ...(all.length > 1 ? { history: all.slice(0, -1) } : {}),
    ...(tools.length > 0 ? { tools } : {}),
    ...(messages.some(({ fields }) => isPartWeight(fields)) ? { weighted: true } : {}),
  };
}

/** The messages' own text, though it be empty: templates write a turn for it, or leave their usual one out. */
function systemOf(messages: readonly Message[], own: readonly Message[], given: string): string | undefined {
  if (own.length > 0) return own.map(({ content }) => content).join('\n\n');
  return given.trim() === '' || messages.some(({ role }) => role === 'system') ? undefined : systemText(given);
}

/** Whether questions and answers take turns; where they do not, a chat template has to see who says what. */
const alternate = (messages: readonly Message[]): boolean =>
  messages.every(({ role }, index) => role === (index % 2 === 0 ? 'user' : 'assistant'));

/** Messages by turns: each ends with the answers that follow a question. What nobody answers is left out. */
function turnsOf(messages: readonly Message[]): Message[][] {
  const turns: Message[][] = [];
  let asked: Message[] = [];
  for (const message of messages) {
    const last = turns.at(-1);
    if (message.role === 'assistant' && asked.some(({ role }) => role === 'user')) {
      turns.push([...asked, message]);
      asked = [];
    } else if (message.role === 'assistant' && last) {
      // Another message of the same answer, or what follows from a tool's.
      // There may be more than a call may have arguments.
      for (const each of [...asked, message]) last.push(each);
      asked = [];
    } else if (message.role === 'assistant') {
      turns.push([...asked, message]);
      asked = [];
    } else asked.push(message);
  }
  return turns;
}

/** @param says whether messages of the conversation say more than questions and answers in turn do */
function asTurn(messages: readonly Message[], says: boolean): Turn {
  const texts = (...roles: Message['role'][]) =>
    messages.filter(({ role }) => roles.includes(role)).map(({ content }) => content);
  const answers = messages.filter(({ role }) => role === 'assistant');
  const masked = answers.every((message) => !isLearned(message));
  return {
    prompt: [texts('system', 'user').join('\n\n')],
    answer: texts('assistant').join('\n\n'),
    ...(masked ? { masked } : {}),
    ...(says || answers.some((message) => isLearned(message) === masked)
      ? { messages: messages.map(chatMessage) }
      : {}),
  };
}

const chatMessage = (message: Message): ChatMessage => ({
  ...Object.fromEntries([...message.fields].map(([name, value]) => [name, templateValue(value)])),
  role: message.role,
  content: message.content,
  ...(isLearned(message) ? {} : { weight: 0 }),
});

/** Names by which data sets say how much of an answer is learned: OpenAI's, LLaMA-Factory's, axolotl's, ms-swift's. */
const weightNames = ['weight', 'loss_weight', 'train', 'training', 'train_on_turn', 'loss'];

const weightsOf = (fields: JsonRecord): number[] =>
  weightNames.flatMap((name) => {
    const text = String(fields.get(name) ?? '').trim();
    const weight = /^(true|false)$/i.test(text) ? Number(/^t/i.test(text)) : Number(text || Number.NaN);
    return Number.isNaN(weight) ? [] : [weight];
  });

const isLearned = ({ role, fields, learned = true }: Message): boolean =>
  learned && !(role === 'assistant' && weightsOf(fields).includes(0));

const isPartWeight = (fields: JsonRecord): boolean => weightsOf(fields).some((weight) => weight !== 0 && weight !== 1);

/** Some data sets keep a system text as a message's parts. */
function systemText(cell: string): string {
  const value = /^\s*[[{]/.test(cell) ? parsedCell(cell) : null;
  const parts = isList(value!) ? value : [value];
  return (parts.every((part) => part && isRecord(part)) && textOf(parts as JsonValue[])) || cell;
}

/** Null where the cell holds something else. */
function toolsOf(cell: string): readonly unknown[] | null {
  if (/^(?:null|None|nan|NaN)?$/.test(cell.trim())) return [];
  const value = parsedCell(cell);
  if (isRecord(value)) return [templateValue(value)];
  return isList(value) ? value.map(templateValue) : null;
}

function parsedMessages(cell: string): Message[] | ConversationProblem {
  if (!/^\s*[[{]/.test(cell)) return 'no-conversation';
  const value = parsedCell(cell);
  const held = isList(value) ? value : fieldOf(value, ['messages', 'conversations', 'conversation']);
  const list = isList(held) ? held : columnsAsList(held ?? value);
  if (list === null || list.length === 0) return 'no-conversation';
  const messages: Message[] = [];
  let problem: ConversationProblem | null = null;
  for (const each of list) {
    const message = messageOf(each);
    if (message === 'no-conversation') return message;
    if (typeof message === 'string') problem ??= message;
    else messages.push(message);
  }
  return problem ?? messages;
}

/** A record of lists as a list of records: so data sets of Hugging Face keep lists of records. */
function columnsAsList(value: JsonValue): JsonRecord[] | null {
  if (!isRecord(value)) return null;
  const entries = [...value].filter((entry): entry is [string, readonly JsonValue[]] => isList(entry[1]));
  const roles = entries.find(([name]) => name === 'role' || name === 'from');
  if (!roles) return null;
  return roles[1].map((_, index) => new Map(entries.map(([name, list]) => [name, list[index] ?? null])));
}

/** JSON, or what pandas makes of a list in a CSV file; null for neither. */
function parsedCell(cell: string): JsonValue {
  for (const parse of [onlyJson, parsePythonLiteral]) {
    try {
      return parse(cell);
    } catch {
      // The other may read it.
    }
  }
  return null;
}

/** @throws JsonTextError, SyntaxError */
function onlyJson(text: string): JsonValue {
  const [value, ...others] = jsonValues(text);
  if (value === undefined || others.length > 0) throw new SyntaxError('more than one value');
  return value;
}

function messageOf(value: JsonValue): Message | ConversationProblem {
  const name = fieldOf(value, ['role', 'from']);
  if (typeof name !== 'string' || !isRecord(value)) return 'no-conversation';
  const role = roleOf(name);
  if (role === null) return 'unknown-role';
  const content = textOf(fieldOf(value, ['content', 'value', 'text', 'parts']));
  return content === null ? 'no-text' : { role, content, fields: value };
}

/** A message's text; of a list of parts, all joined. Null where a part is no text. */
function textOf(content: JsonValue): string | null {
  if (content === null) return '';
  if (isRecord(content)) return partText(content);
  if (!isList(content)) return String(content);
  const texts = content.map(partText);
  return texts.includes(null) ? null : texts.join('');
}

function partText(part: JsonValue): string | null {
  if (typeof part === 'string') return part;
  const type = fieldOf(part, ['type']);
  if (type !== null && !/text$/.test(String(type))) return null;
  const text = ['text', 'value', 'content']
    .map((name) => fieldOf(part, [name]))
    .find((each) => typeof each === 'string');
  if (text !== undefined) return text as string;
  const parts = fieldOf(part, ['parts']);
  return isList(parts) ? textOf(parts) : null;
}

function fieldOf(value: JsonValue, names: readonly string[]): JsonValue {
  if (!isRecord(value)) return null;
  return value.get(names.find((each) => value.has(each)) ?? '') ?? null;
}
