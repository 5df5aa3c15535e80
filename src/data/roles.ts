export type Role = 'system' | 'user' | 'assistant' | 'tool';

/** Roles of OpenAI's messages and of ShareGPT's. */
const roles: ReadonlyMap<string, Role> = new Map(
  Object.entries({
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
    tool: 'tool',
    ipython: 'tool',
  } as const),
);

/** Whose message it is by the name of its role; null where the name says nothing. */
export const roleOf = (name: string): Role | null => roles.get(name.toLowerCase()) ?? null;
