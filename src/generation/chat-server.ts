/** A server that speaks OpenAI's chat completions: llama.cpp, Ollama, vLLM, LM Studio and others do. */
import { AppError, because, type Reason } from '../errors.ts';

export interface ChatServer {
  /** Up to and including the version, such as `http://localhost:11434/v1`. */
  readonly endpoint: string;
  readonly model: string;
  /** Kept in memory only; '' where none is needed. */
  readonly key: string;
  readonly fetch: typeof fetch;
}

/** A key, and the endpoint of the one server that may be sent it; both '' where there is none. */
export interface ServerKey {
  readonly endpoint: string;
  readonly key: string;
}

export const noServerKey: ServerKey = { endpoint: '', key: '' };

export const withoutSlash = (endpoint: string): string => endpoint.replace(/\/+$/, '');

/** Whether a key is for the server at an endpoint. */
export const isKeyOf = (key: ServerKey, endpoint: string): boolean =>
  withoutSlash(key.endpoint) === withoutSlash(endpoint);

export interface ServerMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** Settings of a request, under OpenAI's names. */
export interface ServerSettings {
  readonly temperature: number;
  readonly top_p?: number;
  readonly max_tokens?: number;
  readonly seed?: number;
}

export interface ServerReply {
  /** Null where the answer has none. */
  readonly text: string | null;
  /** It ended at `max_tokens`. */
  readonly isCut: boolean;
}

/**
 * Asks once. What leaves the computer is the messages, the settings and the model's name; nothing else.
 * @throws AppError with `code`, 'judge-failed' or 'server-failed', where no answer came
 */
export async function askServer(
  { endpoint, model, key, fetch }: ChatServer,
  messages: readonly ServerMessage[],
  settings: ServerSettings,
  code: 'judge-failed' | 'server-failed',
  signal?: AbortSignal,
): Promise<ServerReply> {
  const failed = (reason: Reason, cause?: unknown) => new AppError(code, { endpoint, reason }, { cause });
  const headers = { 'Content-Type': 'application/json', ...(key === '' ? {} : { Authorization: `Bearer ${key}` }) };
  const body = JSON.stringify({ model, ...settings, messages });
  // What is asked is for this server and goes on to no other.
  const asked: RequestInit = { method: 'POST', headers, body, redirect: 'error', ...(signal ? { signal } : {}) };
  const response = await fetch(`${withoutSlash(endpoint)}/chat/completions`, asked).catch((cause: unknown) => {
    throw cause instanceof AppError ? cause : failed(because`it could not be reached`, cause);
  });
  if (!response.ok) throw failed(because`it answered ${response.status}`);
  return replyOf(await response.json().catch(() => null));
}

function replyOf(response: unknown): ServerReply {
  const { choices } = (response ?? {}) as {
    choices?: { message?: { content?: unknown }; finish_reason?: unknown }[];
  };
  const choice = choices?.[0];
  const content = choice?.message?.content;
  return { text: typeof content === 'string' ? content : null, isCut: choice?.finish_reason === 'length' };
}
