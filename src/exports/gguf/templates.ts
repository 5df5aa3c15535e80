/** A conversation's format in the template languages of other programs. */
import type { PromptFormat } from '../../text/prompt-format.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { type Conversation, conversationOf } from '../conversation.ts';

/**
 * The chat template, as Jinja, of a run that was not asked by its model's own: null where no template can say how it was
 * asked; undefined where the model's own holds.
 */
export function trainedTemplate(prompt: PromptFormat | undefined, tokenizer: Tokenizer): string | null | undefined {
  if (prompt === undefined || prompt.template === 'chat') return undefined;
  const format = conversationOf(prompt, tokenizer);
  return 'unsaid' in format ? null : asJinja(format);
}

/** As Jinja, for `tokenizer.chat_template`. The next answer begins right behind the last message, whatever is asked. */
export function asJinja({ withSystem, withoutSystem, system, user, assistant, answer }: Conversation): string {
  const text = (value: string) => (value === '' ? '' : `{{ ${quoted(value)} }}`);
  const message = ([before, after]: readonly [string, string]) => {
    const parts = [before && quoted(before), "message['content']", after && quoted(after)];
    return `{{ ${parts.filter(Boolean).join(' + ')} }}`;
  };
  const start =
    withSystem === withoutSystem
      ? text(withSystem)
      : `{% if messages[0]['role'] == 'system' %}${text(withSystem)}{% else %}${text(withoutSystem)}{% endif %}`;
  const refusal = "{{ raise_exception('This model was trained without a system text.') }}";
  return [
    start,
    '{% for message in messages %}',
    `{% if message['role'] == 'system' %}${system ? message(system) : refusal}`,
    `{% elif message['role'] == 'assistant' %}${message(assistant)}`,
    `{% else %}${message(user)}{% endif %}{% endfor %}`,
    answer === '' ? '' : `{% if add_generation_prompt %}${text(answer)}{% endif %}`,
  ].join('');
}

/** A string of Jinja: JSON's escapes are Jinja's, too, and what is no ASCII stands as it is. */
const quoted = (text: string): string => JSON.stringify(text);

/** As a template of Go, for Ollama's `TEMPLATE`. */
export function asGo({ withSystem, withoutSystem, system, user, assistant, answer }: Conversation): string {
  const message = ([before, after]: readonly [string, string]) => `${goText(before)}{{ .Content }}${goText(after)}`;
  const start =
    withSystem === withoutSystem
      ? goText(withSystem)
      : `{{ if .System }}${goText(withSystem)}{{ else }}${goText(withoutSystem)}{{ end }}`;
  return [
    start,
    '{{ range .Messages }}',
    `{{ if eq .Role "user" }}${message(user)}`,
    system ? `{{ else if eq .Role "system" }}${message(system)}` : '',
    `{{ else if eq .Role "assistant" }}${message(assistant)}{{ end }}{{ end }}`,
    goText(answer),
  ].join('');
}

/** Text that stands for itself; one that Go would read as its own is written as a constant. */
const goText = (text: string): string => (/\{\{|\}\}/.test(text) ? `{{ ${JSON.stringify(text)} }}` : text);
