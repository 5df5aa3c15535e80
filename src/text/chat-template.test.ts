import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { encodeChat, type RenderedChat, renderChat } from './chat-template.ts';
import { type ChatMessage, createTokenizer, type TokenizerFiles } from './tokenizer.ts';

const read = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as unknown;
const { files } = read('./golden/gpt2-kind.json') as { files: TokenizerFiles };
const withTemplate = (chatTemplate: string) => createTokenizer({ ...files, chatTemplate });

function learnedOf({ ids, promptLength, earlierAnswers, isLastLearned }: RenderedChat): number[] {
  const spans = [...earlierAnswers, ...(isLastLearned ? [{ start: promptLength, end: ids.length }] : [])];
  return ids.map((_, place) => Number(spans.some(({ start, end }) => place >= start && place < end)));
}

// Made by interop/golden_conversations.py: transformers finds the answers by generation marks in the template.
const { found } = read('../data/golden/conversations.json') as {
  found: { template: string; messages: ChatMessage[]; ids: number[]; learned: number[] }[];
};

describe('the answers of a conversation', () => {
  it.each(found)('are what transformers marks, where a template writes turns in its own way: $messages', (chat) => {
    const encoded = encodeChat(withTemplate(chat.template), chat.messages);
    // A header that follows the last answer is left out.
    expect(encoded.ids).toEqual(chat.ids.slice(0, encoded.ids.length));
    expect(chat.learned.slice(encoded.ids.length)).not.toContain(1);
    expect(learnedOf(encoded)).toEqual(chat.learned.slice(0, encoded.ids.length));
  });

  const chatml =
    "{% if tools %}{{ tools | tojson }}\n{% endif %}{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.reasoning_content or '' }}{{ m.content or '' }}{% if m.tool_calls %}{{ m.tool_calls | tojson }}{% endif %}<|im_end|>{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
  const tokenizer = withTemplate(chatml);
  const text = (ids: readonly number[]) => tokenizer.decode(ids);

  it('of weight 0 are not learned, the last one neither', () => {
    const messages: ChatMessage[] = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'one', weight: 0 },
      { role: 'user', content: 'b' },
      { role: 'assistant', content: 'two', weight: 1 },
      { role: 'user', content: 'c' },
      { role: 'assistant', content: 'three', weight: 0 },
    ];
    const encoded = encodeChat(tokenizer, messages);
    const learned = learnedOf(encoded);
    expect(text(encoded.ids.filter((_, place) => learned[place] === 1))).toBe('two<|im_end|>');
    expect(text(encoded.ids.slice(encoded.promptLength))).toBe('three<|im_end|>');
  });

  it('come with what a message holds beside its text, and the tools are named', () => {
    const messages: ChatMessage[] = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: null, tool_calls: [{ function: { name: 'f', arguments: { x: true } } }] },
      { role: 'tool', content: 'sunny' },
      { role: 'assistant', content: 'It is.', reasoning_content: 'hm' },
    ];
    const encoded = encodeChat(tokenizer, messages, [{ name: 'f' }]);
    const learned = learnedOf(encoded);
    expect(text(encoded.ids).startsWith('[{"name": "f"}]')).toBe(true);
    expect(text(encoded.ids.filter((_, place) => learned[place] === 1))).toBe(
      '[{"function": {"name": "f", "arguments": {"x": true}}}]<|im_end|>hmIt is.<|im_end|>',
    );
  });
});

describe('the answers under a template that tells the tools in the last question', () => {
  const chat = withTemplate(
    "{% set users = messages | selectattr('role', 'equalto', 'user') | list %}{% for m in messages %}{% if m.role == 'user' %}{% if tools and m == users[-1] %}{{ tools | tojson }}{% endif %}[INST]{{ m.content }}[/INST]{% elif m.tool_calls %}{{ m.tool_calls | tojson }}<|im_end|>{% elif m.role == 'tool' %}[R]{{ m.content }}[/R]{% else %}{{ m.content }}<|im_end|>{% endif %}{% endfor %}",
  );

  it('hold the calls that come first, whose own text it does not write', () => {
    const messages: ChatMessage[] = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'not written', tool_calls: [{ name: 'f' }] },
      { role: 'tool', content: 'sunny' },
      { role: 'assistant', content: 'It is.' },
      { role: 'user', content: 'b' },
      { role: 'assistant', content: 'two' },
    ];
    const encoded = encodeChat(chat, messages, [{ name: 'f' }]);
    const learned = learnedOf(encoded);
    expect(chat.decode(encoded.ids.filter((_, place) => learned[place] === 1))).toBe(
      '[{"name": "f"}]<|im_end|>It is.<|im_end|>two<|im_end|>',
    );
  });
});

describe('a template that does not write a conversation', () => {
  const thrown = (template: string, messages: readonly ChatMessage[]): AppError => {
    try {
      renderChat(withTemplate(template), messages, { addGenerationPrompt: false });
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
      return error as AppError;
    }
    throw new Error('it was written');
  };
  const system: ChatMessage = { role: 'system', content: 'Be kind.' };
  const user: ChatMessage = { role: 'user', content: 'Hi' };
  const noSystem =
    "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{{ messages[0].content }}";

  it('for its system text says to choose no system column', () => {
    const error = thrown(noSystem, [system, user]);
    expect(error.code).toBe('template-refuses-system');
    expect(error.message).toContain('"System role not supported"');
    expect(error.message).toContain('Choose no system column');
  });

  it('for another reason is quoted', () => {
    const error = thrown("{{ raise_exception('Roles must alternate!') }}", [system, user]);
    expect(error.code).toBe('template-refused');
    expect(error.message).toContain('"Roles must alternate!"');
  });

  it('because it is broken, or asks for something unknown, is not blamed on the rows', () => {
    expect(thrown('{% for %}', [user]).code).toBe('template-failed');
    expect(thrown('{{ messages | nosuch }}', [user]).message).toContain('a filter "nosuch" is not known');
    expect(thrown('{{ messages[0].missing.deeper }}', [user]).code).toBe('template-failed');
  });

  it('because the model has none says so', () => {
    const tokenizer = createTokenizer({ ...files, tokenizerConfig: {}, chatTemplate: null });
    expect(() => renderChat(tokenizer, [user], { addGenerationPrompt: false })).toThrow('has no chat template');
  });
});
