import { expect, test } from 'vitest';
import { expressionOf, globMatches, RiskyExpression } from './expression.ts';
import { pythonPattern } from './python-pattern.ts';

const long = `${'a'.repeat(5000)}!`;

test.each(['^(a+)+$', '^(a|aa)+$', '^(a*)*$', '(.*)*=', '.*.*.*.*.*.*=', '(\\w+\\.)+q_proj'])(
  '%s is carried out in a time that grows with the text',
  (source) => {
    const started = process.cpuUsage();
    expect(expressionOf(source).test(long)).toBe(false);
    const { user } = process.cpuUsage(started);
    expect(user / 1000).toBeLessThan(1000);
  },
);

test('with look-around only what ends is carried out', () => {
  expect(expressionOf('^(?!.*visual).*layers.*(q|k)_proj$').test('layers.1.q_proj')).toBe(true);
  expect(() => expressionOf('^(?!x)(a+)+$')).toThrow(RiskyExpression);
  expect(() => expressionOf('(')).toThrow(SyntaxError);
});

test('the engine without going back says what JavaScript says, its groups too', () => {
  const names = ['model.layers.1.self_attn.q_proj', 'model.layers.12.mlp.up_proj', 'lm_head', '', 'q_proj', 'x.q_proj'];
  for (const source of [
    '(\\w+\\.)+(q|up)_proj',
    '^(?:(?:a|model)\\.?)+.*?layers\\.(\\d+)(.*)*$',
    '(?:[a-z_]+|\\d)*$',
  ]) {
    const expression = expressionOf(source);
    expect(expression).not.toBeInstanceOf(RegExp);
    for (const name of names) {
      expect(expression.test(name)).toBe(new RegExp(source).test(name));
      expect(expression.exec(name)?.[0]).toBe(new RegExp(source).exec(name)?.[0]);
    }
  }
  expect(pythonPattern('(\\w+\\.)*(\\d+)\\.\\w+').exec('layers.12.mlp')?.at(-1)).toBe('12');
});

test('one that is too large to carry out is refused before it is', () => {
  expect(() => expressionOf(`^(?:${'_p'.repeat(20_000)})$`)).toThrow(SyntaxError);
  expect(expressionOf(`^(?:${'q_proj|'.repeat(300)}v_proj)$`).test('v_proj')).toBe(true);
});

test('what the engine without going back reads otherwise is left to JavaScript', () => {
  expect(expressionOf('.*.*.*(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)\\10$').test('abcdefghijj')).toBe(true);
  expect(expressionOf('.*.*.*\\Aq').test('xAq')).toBe(true);
  expect(expressionOf('.*.*.*[[:a]]$').test(':]')).toBe(true);
  expect(() => expressionOf('(\\w+)*\\1$')).toThrow(RiskyExpression);
});

test('a glob with many stars ends', () => {
  expect(globMatches('*.q_proj.*', 'layers.1.q_proj.weight')).toBe(true);
  expect(globMatches('layers.?.q*', 'layers.12.q_proj')).toBe(false);
  expect(globMatches('a?c', 'abc')).toBe(true);
  expect(globMatches('a.c', 'abc')).toBe(false);
  expect(globMatches('', '')).toBe(true);
  expect(globMatches(`${'*a'.repeat(40)}b`, 'a'.repeat(5000))).toBe(false);
});
