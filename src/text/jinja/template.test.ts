import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { strftime } from './globals.ts';
import { compileRowTemplate, compileTemplate } from './template.ts';
import { TemplateError } from './template-error.ts';

// Made by interop/golden_jinja.py with jinja2 as transformers configures it.
const { variables, cases } = JSON.parse(readFileSync(new URL('../golden/jinja.json', import.meta.url), 'utf8')) as {
  variables: Record<string, unknown>;
  cases: { template: string; text?: string }[];
};

describe('a template', () => {
  it.each(cases.filter(({ text }) => text !== undefined))(
    'writes what jinja2 writes: $template',
    ({ template, text }) => {
      expect(compileTemplate(template)(variables)).toBe(text);
    },
  );

  it.each(cases.filter(({ text }) => text === undefined))(
    'is refused where jinja2 refuses it: $template',
    ({ template }) => {
      expect(() => compileTemplate(template)(variables)).toThrow(TemplateError);
    },
  );

  it('refuses what it does not know, rather than to guess', () => {
    for (const expression of [
      "'%s' % 1",
      '1 < 2 < 3',
      '1 in [1] == true',
      "'a'.zfill(2)",
      "('<'|safe) ~ 'a'",
      '[1].pop()',
      'x is divisibleby 2',
      '(1,)',
      '[1e3]',
      "'a'.__class__",
    ])
      expect(() => compileTemplate(`{{ ${expression} }}`)(variables), expression).toThrow(TemplateError);
  });

  it('writes dates in English, whatever the language of the machine', () => {
    const date = new Date(2026, 2, 5, 14, 7, 9);
    expect(strftime(date, '%d %b %Y, %A %-d. %B %y %H:%M:%S %I %p %%')).toBe(
      '05 Mar 2026, Thursday 5. March 26 14:07:09 02 PM %',
    );
    expect(() => strftime(date, '%U')).toThrow(TemplateError);
  });
});

describe('a template over rows of data', () => {
  const row = { question: 'Why?', choices: ['a', "it's"], label: 1, nothing: null };
  const written = (template: string) => compileRowTemplate(template)(row);

  it('keeps spaces and line ends around blocks, to the last of them', () => {
    expect(written('  {% if label %}\n{{ question }}\r\n{% endif %}\n')).toBe('  \nWhy?\n\n');
    expect(written('{{ choices }}\n\n')).toBe("['a', \"it's\"]\n\n");
  });

  it.each(
    ['{{ x }}', '{{ row.x }}', '{{ choices.x }}', '{{ choices[5] }}', '{% if x %}a{% endif %}', '{{ not x }}'].concat([
      "{{ x == 'a' }}",
      '{{ x | upper }}',
      '{{ "a" if x else "b" }}',
      '{% for a in x %}{% endfor %}',
      '{{ x.y }}',
    ]),
  )('does not take what is not there for empty: %s', (template) => {
    expect(() => written(template)).toThrow(/is undefined/);
  });

  it('may ask whether it is there', () => {
    expect(written("{{ x is defined }} {{ x | default('-') }} {{ nothing }}")).toBe('False - None');
  });
});
