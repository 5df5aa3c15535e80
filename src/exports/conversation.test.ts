import { describe, expect, test } from 'vitest';
import { compileTemplate } from '../text/jinja/template.ts';
import type { PromptFormat } from '../text/prompt-format.ts';
import type { ChatMessage, Tokenizer } from '../text/tokenizer.ts';
import { type Conversation, conversationOf, written } from './conversation.ts';
import { asGo, asJinja } from './gguf/templates.ts';
import { modelfileText } from './ollama.ts';

const chatMl =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/** A tokenizer as far as templates ask it. */
function tokenizerWith(template: string | null): Tokenizer {
  return {
    chatTemplate: template,
    eosTokenId: 2,
    specialTokens: ['<s>', '</s>', '<|im_end|>', '<|im_start|>', '<end_of_turn>'].map((content, id) => ({
      id,
      content,
    })),
    decode: () => '</s>',
    renderTemplate: (messages, { addGenerationPrompt }) =>
      compileTemplate(template!)({ messages, add_generation_prompt: addGenerationPrompt, bos_token: '<s>' }),
  } as Pick<Tokenizer, 'chatTemplate' | 'eosTokenId' | 'specialTokens' | 'decode' | 'renderTemplate'> as Tokenizer;
}

const said = (template: string | null, prompt?: PromptFormat): Conversation => {
  const found = conversationOf(prompt, tokenizerWith(template));
  if ('unsaid' in found) throw new Error(found.unsaid.text);
  return found;
};

const talk: readonly ChatMessage[] = [
  { role: 'user', content: 'one' },
  { role: 'assistant', content: 'two' },
  { role: 'user', content: 'three' },
];
const withSystem: readonly ChatMessage[] = [{ role: 'system', content: 'be kind' }, ...talk];

/** What Go's text/template makes of the part of it that is written here. */
function goText(template: string, messages: readonly ChatMessage[]): string {
  const hasSystem = messages.some(({ role }) => role === 'system');
  const chosen = template.replace(/\{\{ if \.System \}\}(.*?)\{\{ else \}\}(.*?)\{\{ end \}\}/s, (_, yes, no) =>
    hasSystem ? yes : no,
  );
  const [, start, body, answer] = /^(.*?)\{\{ range \.Messages \}\}(.*)\{\{ end \}\}\{\{ end \}\}(.*)$/s.exec(chosen)!;
  const constants = (text: string) => text.replace(/\{\{ (".*?") \}\}/g, (_, constant) => JSON.parse(constant));
  const turns = messages.map(({ role, content }) => {
    const branches = body!.split(/\{\{ (?:else )?if eq \.Role /).slice(1);
    const branch = branches.find((each) => each.startsWith(`"${role}"`));
    return branch ? constants(branch.replace(/^".*?" \}\}/, '')).replace('{{ .Content }}', () => String(content)) : '';
  });
  return constants(start!) + turns.join('') + constants(answer!);
}

const templates: readonly (readonly [name: string, template: string])[] = [
  ['ChatML', chatMl],
  ['with the token that begins a text', `{{ bos_token }}${chatMl}`],
  [
    'with a system text where there is none',
    `{% if messages[0]['role'] != 'system' %}<|im_start|>system\nYou help.<|im_end|>\n{% endif %}${chatMl}`,
  ],
  [
    "Llama 2's kind, without a system text",
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no') }}{% elif m['role'] == 'user' %}[INST] {{ m['content'] }} [/INST]{% else %} {{ m['content'] }}</s>{% endif %}{% endfor %}",
  ],
  ['with braces that Go would read', chatMl.replace("'<|im_start|>' +", "'{{<|im_start|>}}' +")],
];

describe.each(templates)('a chat template, %s', (_, template) => {
  const format = said(template);
  const render = (messages: readonly ChatMessage[]) =>
    tokenizerWith(template).renderTemplate(messages, { addGenerationPrompt: true });

  test.each([
    ['without', talk],
    ['with', withSystem],
  ] as const)('%s a system text is the same in Jinja and in Go', (which, messages) => {
    if (which === 'with' && !format.system) {
      expect(() => render(messages)).toThrow();
      expect(() => compileTemplate(asJinja(format))({ messages, add_generation_prompt: true })).toThrow('system text');
      return;
    }
    const expected = render(messages);
    expect(written(format, messages)).toBe(expected);
    expect(compileTemplate(asJinja(format))({ messages, add_generation_prompt: true })).toBe(expected);
    expect(goText(asGo(format), messages)).toBe(expected);
  });
});

const custom: PromptFormat = {
  ...{ template: 'custom', blanks: ['ask'], message: '{ask}', system: null, end: '</s>', text: null },
  pieces: ['Q: {ask}', null, '\nA: '],
};

test('a template of its own: what training put before and after question and answer', () => {
  expect(written(said(null, custom), talk)).toBe('Q: one</s>\nA: two</s>Q: three</s>\nA: ');
  const system = { ...custom, blanks: ['s', 'ask'], system: 's', pieces: ['<sys>{s}', null, ...custom.pieces] };
  expect(written(said(null, system), withSystem)).toBe('<sys>be kind</s>Q: one</s>\nA: two</s>Q: three</s>\nA: ');
  const several = { ...custom, blanks: ['a', 'b'], message: '{a}\n{b}', pieces: ['Q: {a}\n{b}', '\nA: '] };
  expect(written(said(null, several), talk.slice(0, 1))).toBe('Q: one\nA: ');
});

test.each([
  ['cuts what it is given', chatMl.replace("message['content']", "message['content'] | upper"), undefined],
  ['numbers its turns', `{% for m in messages %}{{ loop.index }}: {{ m['content'] }}\n{% endfor %}`, undefined],
  ['is not there', null, undefined],
  ['is of texts without questions', chatMl, { ...custom, template: 'text' }],
  ['has several parts in a question', null, { ...custom, template: 'alpaca', blanks: ['a', 'b'] }],
] as const)('a template that %s is refused', (_, template, prompt) => {
  expect(conversationOf(prompt, tokenizerWith(template))).toHaveProperty('unsaid');
});

test('a Modelfile names the file, the template and what ends an answer', () => {
  const tokenizer = tokenizerWith(chatMl);
  const chat: PromptFormat = { ...custom, template: 'chat', pieces: [] };
  const text = modelfileText(said(chatMl, chat), { prompt: chat }, tokenizer);
  expect(text).toBe(
    'FROM ./model.gguf\n' +
      'TEMPLATE """{{ range .Messages }}{{ if eq .Role "user" }}<|im_start|>user\n{{ .Content }}<|im_end|>\n' +
      '{{ else if eq .Role "system" }}<|im_start|>system\n{{ .Content }}<|im_end|>\n' +
      '{{ else if eq .Role "assistant" }}<|im_start|>assistant\n{{ .Content }}<|im_end|>\n{{ end }}{{ end }}<|im_start|>assistant\n"""\n' +
      'PARAMETER stop "</s>"\nPARAMETER stop "<|im_end|>"\n',
  );
  const quotes = { ...custom, pieces: ['"""{ask}'] };
  expect(() => modelfileText(said(null, quotes), { prompt: quotes }, tokenizer)).toThrow('three quotes in a row');
});
