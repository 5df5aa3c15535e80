import { expect, test } from 'vitest';
import { isRepositoryName, renamed, unnamed } from './repository-name.ts';

test('the code of a card loads its repository, by whatever name that has at last', () => {
  const card = `PeftModel.from_pretrained(base, "${unnamed}")\nollama run hf.co/${unnamed}:Q8_0\nllama-cli -hf ${unnamed}:Q8_0`;
  const named = renamed(card, unnamed, 'me/cat');
  expect(named).toBe(
    'PeftModel.from_pretrained(base, "me/cat")\nollama run hf.co/me/cat:Q8_0\nllama-cli -hf me/cat:Q8_0',
  );
  expect(renamed(named, 'me/cat', 'me/cat.2')).toContain('(base, "me/cat.2")');
});

test('a file in the folder stays a file, and timm is told that it is a repository', () => {
  expect(renamed(`load_file("${unnamed}/model.safetensors")`, unnamed, 'me/cat')).toContain(unnamed);
  expect(renamed(`create_model("local-dir:${unnamed}")`, unnamed, 'me/cat')).toBe('create_model("hf-hub:me/cat")');
});

test.each([
  ['me/cat', true],
  ['me/cat.2_b-c', true],
  ['cat', false],
  ['me/cat/x', false],
  ['me/ cat', false],
  ['me/猫', false],
])('%j names a repository: %s', (text, expected) => expect(isRepositoryName(text)).toBe(expected));
