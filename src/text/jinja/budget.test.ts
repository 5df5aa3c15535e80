import { expect, test } from 'vitest';
import { compileTemplate } from './template.ts';
import { TemplateError } from './template-error.ts';

const many = 'range(100000)';

test.each([
  '{% for i in range(10000000000) %}{% endfor %}',
  `{% for i in ${many} %}{% for j in ${many} %}{% endfor %}{% endfor %}`,
  "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x }}",
  '{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}',
  '{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}',
  '{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}',
  "{{ 'x' * 1000000000 }}",
  '{{ [1] * 1000000000 }}',
  "{{ 'a'.ljust(1000000000) }}",
  "{{ ('a' * 100000) | replace('a', 'b' * 100000) }}",
  "{{ 'a\\nb' | indent(1000000000) }}",
  "{{ range(100000) | join('x' * 10000) }}",
  `{% set s = 'x' * 10000000 %}{% for i in ${many} %}{{ s[i] }}{% endfor %}`,
  `{% set s = 'x' * 10000000 %}{% for i in ${many} %}{{ s | length }}{% endfor %}`,
  `{% for i in ${many} %}{{ 'x' * -1000000000 }}{% for j in range(1000) %}{% endfor %}{% endfor %}`,
  '{{ messages | tojson(indent=1000000000) }}',
])('%s ends in an error within two seconds', (source) => {
  const render = compileTemplate(source);
  const started = process.cpuUsage();
  expect(() => render({ messages: [{}] })).toThrow(TemplateError);
  expect(process.cpuUsage(started).user / 1e6).toBeLessThan(2);
});

test('a list that is doubled again and again takes little memory before it ends in an error', () => {
  const render = compileTemplate(
    '{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x | length }}',
  );
  const before = process.resourceUsage().maxRSS;
  expect(() => render({})).toThrow('too long');
  expect(process.resourceUsage().maxRSS - before).toBeLessThan(128 * 1024);
});

test('each rendering has a budget of its own, and a conversation of a thousand long turns fits into one', () => {
  const render = compileTemplate(
    "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('no') }}{% endif %}<|{{ m['role'] }}|>{{ m['content'].split('</think>')[-1] | trim }}{{ eos }}{% endfor %}",
  );
  const messages = Array.from({ length: 1000 }, (_, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content: 'word '.repeat(2000),
  }));
  for (let times = 0; times < 3; times++) expect(render({ messages }).length).toBeGreaterThan(9_900_000);
});
