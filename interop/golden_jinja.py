"""Makes src/text/golden/jinja.json: what jinja2 writes for a table of templates, as transformers configures it.

Expressions, filters, tests, string methods, printing and scopes that published chat templates use, and their neighbours.
An entry without a text is one that jinja2 refuses.

    python interop/golden_jinja.py
"""

import json

from transformers.utils.chat_template_utils import _compile_jinja_template

from golden_text import TEXT_GOLDEN, write

VARIABLES = {
    "text": " \t\u3000\n Hello World, hello!\n\n \u00a0",
    "mixed": "ｶﾞé😀 ß ǅ İ",
    "thoughts": "<think>\nhm\n</think>\n\n  Two.\n",
    "empty": "", "zero": 0, "seven": 7, "half": 0.5, "floats": [1e22, 0.1, 1e-7, 1e16, -2.5e-5], "yes": True, "no": False, "nothing": None,
    "list": [3, 1, 2], "words": ["b", "A", "c", "a", "B"], "nested": [[1, "x"], [2, "y"]], "blank": [],
    "record": {"name": "Ann", "items": "own", "age": 7, "tags": ["a", "b"], "none": None, "yes": True, "half": 0.5},
    "messages": [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hi <b>&'\"\u2028日本\x07\x7f"},
        {"role": "assistant", "content": "Yes", "tool_calls": [
            {"function": {"name": "f", "arguments": {"x": 1, "y": [True, None, 2.5, "é\n"], "z": {}}}}]},
        {"role": "user", "content": "More?"},
    ],
}

EXPRESSIONS = r"""
yes | no | nothing | half | seven | list | words | record | nested  | (1, 'a') | [] | {} | undefined_name
[yes, no, nothing, half, 'a\'b', "a\"b", 'both \' and "', 'é😀\n\t\\\x07\u200b'] | {'a': {'b': [1]}} | [1.0, 0.1]
-7 % 3 | 7 % -3 | -7 // 3 | 7 // 2 | 7 / 2 | 6 / 2 | 2 ** 3 | 2 ** -1 | 7.5 % 2 | 1 + true | 3 * 'ab' | 'ab' * 2 | [1] * 2
1 == 1.0 | 1 == '1' | true == 1 | none == false | '' == false | [1, 2] == [1, 2] | {'a': 1} == {'a': 1} | undefined_name == none
undefined_name == undefined_name | 'a' < 'b' | 'B' < 'a' | [1, 2] < [1, 3] | 2 < 10 | '2' < '10' | 'é' > 'z' | 1 < 'a'
'a' in 'cat' | 'x' in words | 'A' in words | 'name' in record | 'Ann' in record | 1 in list | 1 in 'a1' | 'a' not in 'b' | 'a' in undefined_name
'a' + 'b' | 'a' + 1 | 'a' ~ 1 ~ none ~ true ~ 1.5 | [1] + [2] | 'a' + undefined_name | 'a' ~ undefined_name | 1 + none | none ~ ''
not empty | not blank | empty or 'other' | 'a' and 0 | nothing or undefined_name | not undefined_name | 0.0 or 'zero' | {} or 'dict'
'a' if yes else 'b' | 'a' if no | 'a' if blank else 'b' if yes else 'c' | -seven | +half | - - 3 | -half
text.strip() ~ '|' | text.lstrip() ~ '|' | text.rstrip() ~ '|' | text.strip('\n') ~ '|' | text.lstrip(' \t') ~ '|' | text.rstrip('\n') ~ '|'
thoughts.split('</think>')[-1].lstrip('\n') ~ '|' | thoughts.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') ~ '|'
'\u3000\u00a0\u2003x\ufeff\u200b'.strip() ~ '|' | '\x1cx\x1f\x85'.strip() ~ '|' | 'xxaxx'.strip('x') | 'abcab'.strip('ab') | '😀a😀'.strip('😀')
text.split() | text.split(' ') | 'a,b,,c'.split(',') | 'a,b,,c'.split(',', 1) | ' a  b c '.split(none, 1) | ' a  b c '.split(maxsplit=1) | ''.split() | ''.split(',')
'a,b,c'.rsplit(',', 1) | 'a\nb\r\nc\u2028d\x0be\n'.splitlines() | 'a\nb\n'.splitlines(true) | 'a=b=c'.partition('=') | 'a=b=c'.rpartition('=') | 'abc'.partition('x')
mixed.upper() | mixed.lower() | mixed.title() | mixed.capitalize() | "it's o'clock".title() | "hello wORLD".title() | 'hELLO wORLD'.capitalize()
mixed|length | '😀é'[0] | '😀é'[-1] | '😀é'[5] | '日本語'[1:] | '日本語'[::-1] | 'abcdef'[1:4:2] | 'abc'[-2:] | 'abc'[:-1] | 'abc'[10:] | list[::-1] | list[1:] | list[:1] | list[-1] | list[9] | list[:-5]
'abc'.startswith('a') | 'abc'.startswith(('x', 'a')) | 'abc'.endswith('c') | 'abc'.endswith('') | 'abc'.removeprefix('a') | 'abc'.removesuffix('c') | 'abc'.removesuffix('')
'aXbX'.replace('X', '$&') | 'aaa'.replace('a', 'b', 2) | 'ab'.replace('', '-') | 'a.b'.replace('.', '') | 'a'.join(['1', '2']) | ', '.join([1]) | '日x'.find('x') | 'abc'.find('z') | 'abcb'.rfind('b') | 'abc'.index('z')
'banana'.count('an') | 'a'.ljust(3) ~ '|' | 'a'.rjust(3, '0') | '12'.isdigit() | '²'.isdigit() | '½'.isdigit() | ''.isdigit() | 'aé'.isalpha() | 'a1'.isalnum() | ' \u3000'.isspace() | 'aB'.islower() | 'ab1'.islower() | 'AB'.isupper() | '1'.isupper()
record.name | record['name'] | record.missing | record['missing'] | record.items() | record['items'] | record.keys() | record.values() | record.get('name') | record.get('x') | record.get('x', 'y') | record.tags.0 | record.tags[1] | nested[0][1] | list.0
record.items()|list | record|items|list | record|dictsort | {'b': 1, 'A': 2}|dictsort | {'b': 1, 'A': 2}|dictsort(true) | {'b': 1, 'A': 2}|dictsort(by='value') | record|length | undefined_name|length | nothing|length | undefined_name.x | undefined_name['x'] | 'a'.missing | 'a'.missing.x | nothing.x
text|trim ~ '|' | 'xax'|trim('x') | none|trim | 'ab'|upper | 'AB'|lower | none|upper | 'hELLO-wORLD (foo) [bar]'|title | "it's"|title | 'aBC'|capitalize | 'abc'|reverse | list|reverse|list | list|first | list|last | blank|first | 'abc'|first | 'abc'|last | list|length | 'abc'|list | record|list
list|sort | list|sort(reverse=true) | words|sort | words|sort(case_sensitive=true) | messages|sort(attribute='role')|map(attribute='role')|list | words|unique|list | words|unique(case_sensitive=true)|list | list|join | list|join(', ') | messages|join(',', attribute='role') | [none, true, 1.5]|join('-') | words|join(d='+')
list|sum | list|max | list|min | words|max | [1, 2.5]|sum | messages|map(attribute='role')|list | messages|map(attribute='x', default='-')|join | words|map('upper')|list | words|map('replace', 'a', 'z')|list | messages|map(attribute='tool_calls.0.function.name', default='none')|list | messages|map('length')|list
messages|selectattr('role', 'equalto', 'user')|list|length | messages|selectattr('role', '==', 'user')|map(attribute='content')|first | messages|selectattr('tool_calls')|list|length | messages|selectattr('tool_calls', 'defined')|list|length | messages|rejectattr('role', 'in', ['user', 'system'])|map(attribute='role')|list | list|select('odd')|list | list|reject('odd')|list | [0, 1, '']|select|list | list|select('gt', 1)|list | 'x' if blank|selectattr('a') else 'y' | messages|selectattr('role', 'equalto', 'tool')|first
undefined_name|default('d') | nothing|default('d') | nothing|default('d', true) | empty|default('d', boolean=true) | empty|d('x') | undefined_name|default | 3|default('d') | record.missing|default(record.name)
'12'|int | ' 12 '|int | '12abc'|int | 'x'|int(5) | '3.9'|int | 3.9|int | -3.9|int | true|int | none|int | '1_000'|int | '1.5'|float | 'x'|float | 'x'|float(2.5) | 3|float | '1e3'|float | ' 2.5 '|float | -3|abs | -2.5|abs | 3|string | none|string | true|string | list|string | half|string
'a\nb\n\nc\n'|indent | 'a\nb'|indent(2) | 'a\n\nb'|indent(2, true, true) | 'a\nb'|indent(width='> ') | 'a\nb'|indent(1, first=true) | 'aXa'|replace('a', 'b') | 'aaa'|replace('a', 'b', 1) | 123|replace(2, 'x') | '<a href="x">\'&'|e | '<a>'|escape | '<a>'|safe
record|tojson | messages|tojson | messages[2].tool_calls|tojson(indent=2) | record|tojson(sort_keys=true) | record|tojson(separators=(',', ':')) | record|tojson(indent=1, separators=(',', ': ')) | 'é😀\u2028<>&\'"/'|tojson | 'é😀'|tojson(ensure_ascii=true) | floats|tojson | floats | floats[1] == 0.1 | floats|sum | []|tojson(indent=4) | {}|tojson(indent=4) | [[], {}, [1]]|tojson(indent=4) | none|tojson | true|tojson | undefined_name|tojson | {1: 'a'}|tojson | (1, 2)|tojson | '\x07\x7f\t'|tojson
yes is true | 1 is true | 0 is false | yes is boolean | 1 is boolean | nothing is none | empty is none | undefined_name is defined | empty is defined | record.none is defined | record.missing is undefined | 'a' is string | 1 is string | list is iterable | 'a' is iterable | 1 is iterable | record is mapping | list is mapping | list is sequence | record is sequence | 1 is sequence | 1 is number | half is number | yes is number | 1 is integer | yes is integer | half is integer | half is float | 1 is float | 'ab' is lower | 'aB' is lower | 'AB' is upper | 3 is odd | -3 is odd | 4 is even | range is callable | record.get is callable | undefined_name is iterable | undefined_name is string | list is not string | nothing is not none
range(3)|list | range(1, 4)|list | range(5, 0, -2)|list | range(3)|length | namespace(a=1).a | dict(a=1).a | dict(a=1) | namespace(a=1).b | messages[0].role == 'system' and messages[1:]|length | messages[-1]['role'] | (messages|last).content | messages[1].content | messages[0].get('x') is none | true and 1 | 1 or 0 | 'a' 'b' | "a" ~ 'b' | 0.1 + 0.2 | 100.0 | 1.5 * 2 | 10.0 / 4 | 3.0 // 2 | 100000000.0 * 100000000.0 * 10 | 1 / 100000.0 | 12345678901234567.0 * 1
raise_exception('No: ' ~ 1) | list.append(1) | 'a'|nosuch | 'a' is nosuch | 1() | undefined_name() | 'abc'.format() if false else 1
"""

TEMPLATES = [
    "{% for x in list %}{{ x }}{% break %}{% endfor %}", "{% for x in list %}{% if x == 1 %}{% continue %}{% endif %}{{ x }},{% endfor %}",
    "{% for x in list %}a{{ x }}{% if x == 1 %}{% break %}{% endif %}b{% endfor %}!",
    "{% for x in list %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.previtem }}{{ loop.nextitem }};{% endfor %}",
    "{% for x in list %}{% for y in words[:2] %}{{ loop.depth }}{{ loop.depth0 }}{{ loop.cycle('p', 'q') }}{% endfor %}{{ loop.index }}{% endfor %}",
    "{% set x = 1 %}{% for y in list %}{{ x }}{% set x = y %}{{ x }};{% endfor %}{{ x }}", "{% for y in list %}{% set z = y %}{% endfor %}{{ z is defined }}",
    "{% set x = 1 %}{% if yes %}{% set x = 2 %}{% endif %}{{ x }}", "{% set ns = namespace(n=0) %}{% for y in list %}{% set ns.n = ns.n + y %}{% endfor %}{{ ns.n }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}", "{% set x %} a\n{{ seven }} {% endset %}[{{ x }}]", "{% set x = [] %}{% set x = x + [1] %}{{ x }}",
    "{% for k, v in record.items() %}{{ k }}={{ v }};{% endfor %}", "{% for k in record %}{{ k }};{% endfor %}", "{% for c in 'a😀' %}<{{ c }}>{% endfor %}",
    "{% for a, b in nested %}{{ a }}{{ b }}{% endfor %}", "{% for x in blank %}x{% else %}none{% endfor %}", "{% for x in undefined_name %}x{% else %}none{% endfor %}",
    "{% for x in nothing %}x{% endfor %}", "{% for x in 3 %}x{% endfor %}", "{% for m in messages if m.role == 'user' %}{{ loop.index }}{{ loop.length }}{{ m.content }}{% endfor %}",
    "{% for x in list if x > 5 %}x{% else %}none{% endfor %}", "{% for x in list %}{% break %}{% else %}none{% endfor %}",
    "{% macro f(a, b=2, c=a) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ f(1) }}{{ f(1, c=3) }}{{ f() }}", "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, 2) }}",
    "{% macro f(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ f(1, 2, x=3) }}", "{% macro f() %}{{ caller(1) }}{% endmacro %}{% call(x) f() %}<{{ x }}>{% endcall %}",
    "{% set x = 1 %}{% macro f() %}{{ x }}{% endmacro %}{% set x = 2 %}{{ f() }}", "{% macro f() %}{{ y }}{% endmacro %}{% for y in list %}{{ f() }}{% endfor %}",
    "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}", "{% filter upper %}a{{ 'b' }}{% endfilter %}",
    "{%- if yes -%}\n  a  \n{%- endif -%}\n b", "  {% if yes %}\n  a\n  {% endif %}\nb", "a {# c #} b\n{# d #}\ne", "a\n  {#- c -#}  \nb", "  {{ 1 }}\n  {{- 2 -}}  \n3",
    "a\r\nb\r\n{% if yes %}\r\nc\r\n{% endif %}\r\nd\r\n", "a\rb", "x\n", "x\n\n", "{{ 'a\r\nb' }}", "\t{% if yes %}\tx{% endif %}\t\ny",
    "{% if no %}a{% elif yes %}b{% else %}c{% endif %}", "{% if 'user' == messages[1]['role'] and not no %}ok{% endif %}",
    "{% generation %}a{% endgeneration %}b", "x\n{%- generation -%}\n a\n{%- endgeneration -%}\nb", "{% set x = messages | selectattr('role', 'equalto', 'user') %}{{ x|list|length }}{{ x|list|length }}",
    "{% for m in messages[::-1] %}{{ m.role }}{{ (messages|length - 1) - loop.index0 }};{% endfor %}", "{{ messages[0]['content'] | trim + '\\n' }}", "{{ 'a' + 'b' | upper }}", "{{ ('a' + 'b') | upper }}",
    "{{ not no and no }}", "{{ (1 == 2) != (3 < 2) }}", "{{ 1 < 2 and 2 < 3 }}", "{{ 1 in [1] or 2 in [1] }}", "{{ [1 < 2, 2 < 1, 1 not in [2]] }}", "{{ 1 if 1 < 2 else 2 < 3 }}", "{% for x in list if x < 3 %}{{ x }}{% endfor %}", "{{ not 1 < 2 }}", "{{ (1 < 2) == true }}", "{{ 1 + 2 * 3 - 4 / 2 }}", "{{ (1, 2)[1] }}", "{{ record.items | length if false else 1 }}", "{{ {'items': 1}.items() | list }}", "{{ {'a': 1}['a'] }}",
    "{% if x is not defined %}{% set x = none %}{% endif %}{{ x }}", "{% set loop_messages = messages[1:] %}{{ loop_messages[0].role }}", "{{ [1, 2, 3,] }}{{ {'a': 1,} }}",
]


def rendered(template):
    try:
        return {"text": _compile_jinja_template(template).render(**VARIABLES)}
    except Exception:
        return {}


def main():
    expressions = [each.strip() for line in EXPRESSIONS.strip().splitlines() for each in line.split(" | ")]
    templates = ["{{ " + each + " }}" for each in expressions] + TEMPLATES
    cases = [{"template": template, **rendered(template)} for template in templates]
    write(TEXT_GOLDEN / "jinja.json", {"variables": VARIABLES, "cases": cases})
    print(len(cases), "templates, refused:", [case["template"] for case in cases if "text" not in case])


if __name__ == "__main__":
    main()
