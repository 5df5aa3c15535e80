import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, type Page, test } from '@playwright/test';
import { startHubServer } from './hub-server.ts';
import { recordMainThread } from './long-tasks.ts';
import { StudioPage } from './studio.ts';

const golden = (name: string): string => fileURLToPath(new URL(`../src/data/golden/tables/${name}`, import.meta.url));

async function openData(page: Page): Promise<StudioPage> {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('data');
  return studio;
}

async function another(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Choose another dataset' }).click();
}

const learnedText = async (page: Page, row = 0): Promise<string> =>
  (await page.getByTestId('token-row').nth(row).locator('[data-learned="true"]').allTextContents()).join('');

test('tables of every format are read, and their columns found', async ({ page }) => {
  const studio = await openData(page);
  const files: readonly (readonly [name: string, format: string])[] = [
    ['zstd.parquet', 'Parquet'],
    ['gzip.parquet', 'Parquet'],
    ['book.xlsx', 'Excel'],
    ['lines.jsonl', 'JSONL · UTF-8'],
    ['columns.json', 'JSON · UTF-8'],
  ];
  for (const [name, format] of files) {
    await studio.dropTable(name, readFileSync(golden(name)));
    await expect(page.getByTestId('opened-data')).toContainText(name);
    await expect(page.getByTestId('opened-data')).toContainText(format);
    await expect(page.getByTestId('role-question')).toHaveValue('prompt');
    await expect(page.getByTestId('role-answer')).toHaveValue('answer');
    await expect.poll(() => learnedText(page)).toContain('Five.');
    await another(page);
  }
  const shiftJis = Buffer.from(
    '8e778ea62c8f6f97cd0a82b182ea82cd2c8379839382c582b70a82b182ea82cd2c8379839382c582b70a',
    'hex',
  );
  await studio.dropTable('sjis.csv', shiftJis);
  await expect(page.getByTestId('opened-data')).toContainText('CSV · comma · SHIFT_JIS');
  await expect(page.getByTestId('role-出力')).toHaveValue('answer');
  await expect(page.getByTestId('problems')).toContainText('Same as an earlier row: row 3');
  await studio.expectAccessible();
});

test('an encoding that is guessed is said, shown beside others, and can be chosen', async ({ page }) => {
  const studio = await openData(page);
  // A point stands for a token that ends amid a character.
  const learned = async () => (await learnedText(page)).replaceAll('·', '');
  const name = new URL('../src/data/golden/as-found/big5.csv', import.meta.url);
  await studio.dropTable('big5.csv', readFileSync(name));
  const encoding = page.getByTestId('encoding');
  await expect(encoding).toContainText('Encoding (best guess): BIG5');
  await expect(encoding.locator('[data-encoding="big5"]')).toContainText('你好嗎');
  await expect(encoding.locator('[data-encoding="gb18030"]')).toBeVisible();
  await expect.poll(learned).toContain('我很好');
  await page.getByTestId('encoding-choice').selectOption('gb18030');
  await expect(page.getByTestId('opened-data')).toContainText('CSV · comma · GB18030');
  await expect.poll(learned).not.toContain('我很好');
  await page.getByTestId('encoding-choice').selectOption('');
  await expect.poll(learned).toContain('我很好');
  await studio.expectAccessible();
  await another(page);
  await studio.dropTable('t.csv', 'prompt,chosen,rejected\na,b,c\nd,e,f\n');
  await expect(page.getByTestId('role-rejected')).toHaveValue('rejected');
  await expect(page.getByTestId('preference')).toHaveCount(0);
  await another(page);
  await studio.dropTable('t.csv', 'prompt,completion,label\na,b,true\nd,e,false\n');
  await expect(page.getByTestId('problem-type')).toHaveValue('Good and bad answers');
  await page.getByTestId('problem-type').click();
  await page.getByRole('option', { name: 'Instruction (prompt → answer)' }).click();
  await expect(page.getByTestId('preference')).toContainText('preference data');
  await expect(page.getByTestId('encoding')).toHaveCount(0);
});

test('a delimiter that was found wrongly gives way to the one that is chosen, also after a reload', async ({
  page,
}) => {
  const studio = await openData(page);
  const rows = Array.from({ length: 8 }, (_, at) => `Is it ${at}, or more?;It is ${at}.`);
  await studio.dropTable('faq.csv', ['question, short;answer', ...rows].join('\n'));
  const choice = page.getByTestId('delimiter-choice');
  await expect(choice).toHaveAccessibleName('Columns are separated by');
  await expect(choice.locator('option:checked')).toHaveText('comma (detected)');
  await expect(page.getByTestId('role-short;answer')).toBeVisible();
  await choice.selectOption({ label: 'semicolon: 2 columns' });
  await expect(page.getByTestId('opened-data')).toContainText('CSV · semicolon · UTF-8');
  await expect(page.getByTestId('role-question, short')).toHaveValue('prompt');
  await expect(page.getByTestId('role-answer')).toHaveValue('answer');
  await expect.poll(() => learnedText(page)).toContain('It is 0.');
  await studio.expectAccessible();

  // Once the set-up is kept.
  await page.waitForTimeout(1000);
  await page.reload();
  await expect(page.getByTestId('restored')).toHaveAttribute('data-pending', 'false');
  await expect(page.getByTestId('opened-data')).toContainText('CSV · semicolon · UTF-8');
  await expect(choice).toHaveValue(';');
  await expect(page.getByTestId('role-answer')).toHaveValue('answer');
  await choice.selectOption('');
  await expect(page.getByTestId('role-short;answer')).toBeVisible();

  // Rows that do not fit the header offer another one.
  await another(page);
  const ragged = ['q, a;b', ...Array.from({ length: 8 }, (_, at) => `${at};${at}${at < 4 ? '' : ', or'}`)];
  await studio.dropTable('ragged.csv', `sep=,\n${ragged.join('\n')}`);
  await page.getByTestId('problems').locator('summary').click();
  await page.locator('[data-problem="ragged"]').getByRole('button', { name: 'Separate by semicolon' }).click();
  await expect(page.getByTestId('opened-data')).toContainText('CSV · semicolon · UTF-8');
  await expect(page.locator('[data-problem="ragged"]')).toHaveCount(0);
});

test('columns are used as their headers say, and the token view follows', async ({ page }) => {
  const studio = await openData(page);
  await studio.dropTable(
    't.csv',
    `left,right,rules\nHow are you?,Purring.,Be a cat.\nAnd now?,,Be a cat.\n${'Who?,Me.,Be a cat.\n'.repeat(4)}`,
  );
  await page.getByTestId('role-left').selectOption('prompt');
  await page.getByTestId('role-right').selectOption('answer');
  await page.getByTestId('role-rules').selectOption('system');
  await expect.poll(() => learnedText(page)).toContain('Purring.');
  await expect(page.getByTestId('token-row').first()).toContainText('Be a cat.');
  await page.getByTestId('problems').locator('summary').click();
  await expect(page.locator('[data-problem="no-answer"]')).toContainText('row 3');
  await expect(page.locator('[data-problem="no-answer"]')).toContainText('Left out of training.');

  // The other way round, by keyboard.
  await page.getByTestId('role-left').focus();
  await page.keyboard.press('A');
  await expect(page.getByTestId('role-left')).toHaveValue('answer');
  await expect(page.getByTestId('role-right')).toHaveValue('none');
  await expect.poll(() => learnedText(page)).toContain('How are you?');
  await studio.expectAccessible();
});

test('conversations are learned answer by answer, or only to the last', async ({ page }) => {
  const studio = await openData(page);
  const chat = (...texts: string[]) => ({
    messages: texts.map((content, index) => ({ role: index % 2 ? 'assistant' : 'user', content })),
  });
  const more = Array.from({ length: 4 }, () => chat('Hi', 'Hello.'));
  const lines = [
    chat('Hi', 'First words.', 'And?', 'Last words.'),
    chat('Hi', 'Hello.'),
    chat('Nobody answers'),
    ...more,
  ];
  await studio.dropTable('chat.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'));
  await expect(page.getByTestId('role-messages')).toHaveValue('messages');
  await expect.poll(() => learnedText(page)).toContain('First words.');
  expect(await learnedText(page)).toContain('Last words.');
  await expect(page.locator('[data-problem="unanswered"]')).toContainText('row 3');
  await page.getByTestId('setting-only_last_answer').click();
  await expect.poll(() => learnedText(page)).not.toContain('First words.');
  expect(await learnedText(page)).toContain('Last words.');

  await another(page);
  const rows = [
    'id,parent_id,prompt,answer',
    '1,,Hi,First.',
    '2,1,More?,Second.',
    '3,2,More?,Third.',
    '4,,Alone?,Yes.',
  ];
  await studio.dropTable('turns.csv', rows.join('\n'));
  await expect(page.getByTestId('role-parent_id')).toHaveValue('parent');
  await expect(page.getByTestId('token-row').nth(2)).toContainText('First.');
  await page.getByTestId('setting-limit_chained_samples').click();
  await expect(page.getByTestId('token-row')).toHaveCount(2);
  await expect(page.getByTestId('token-row').first()).toContainText('Third.');
});

test('plain text is learned token by token', async ({ page }) => {
  const studio = await openData(page);
  await studio.dropTable('story.txt', 'Once upon a time there was a cat.\n\nIt slept, and it slept well.\nThe end.\n');
  await expect(page.getByTestId('opened-data')).toContainText('plain text');
  await expect(page.getByTestId('problem-type')).toHaveValue('Plain text');
  await expect.poll(() => learnedText(page, 1)).toContain('slept well.');
  await expect(page.getByTestId('prompt-template')).toHaveCount(0);

  await another(page);
  await studio.dropTable('long.txt', `${'The cat slept. '.repeat(2000)}\n`.repeat(6));
  await expect(page.locator('[data-problem="too-long"]').first()).toContainText(/rows \d(, \d){3}/);
  await expect(page.getByTestId('length-limit')).toBeVisible();
  await expect(page.getByTestId('token-row').first()).toContainText('… 112 more tokens …');
});

test('validation rows may come from a file of their own', async ({ page }) => {
  const studio = await openData(page);
  await studio.dropTable('t.csv', `prompt,answer\n${'Hi,Hello.\n'.repeat(20)}`);
  await page.getByTestId('setting-validation_strategy').click();
  await page.getByRole('option', { name: 'Separate file' }).click();
  await expect(page.locator('[data-error="validation-missing"]')).toBeVisible();
  await page.getByTestId('validation-file').setInputFiles(golden('snappy.parquet'));
  // Its columns are called otherwise.
  await expect(page.locator('[data-error="column-missing"]')).toContainText('prompt');
  const own = {
    name: 'v.jsonl',
    mimeType: 'application/jsonl',
    buffer: Buffer.from('{"prompt": "a", "answer": "b"}\n'),
  };
  await page.getByTestId('validation-file').setInputFiles(own);
  await expect(page.getByTestId('validation-opened')).toHaveText('v.jsonl: 1 row');
  await expect(page.getByTestId('opened-data')).toContainText('20 training · 1 validation');
  await expect(page.locator('[data-error]')).toHaveCount(0);
});

test('a run on conversations with a validation file goes on after the page was closed', async ({ page }) => {
  const studio = await openData(page);
  const chat = (number: number) => ({
    conversations: [
      { from: 'human', value: 'What color is the sky?' },
      { from: 'gpt', value: 'Blue, purr.' },
      { from: 'human', value: `And number ${number}?` },
      { from: 'gpt', value: `${number}, purr.` },
    ],
  });
  const lines = (from: number) =>
    Array.from({ length: 20 }, (_, index) => JSON.stringify(chat(from + index))).join('\n');
  await studio.dropTable('train.jsonl', lines(0));
  await expect(page.getByTestId('opened-data')).toContainText('15 training · 5 validation');
  await page.getByTestId('setting-validation_strategy').click();
  await page.getByRole('option', { name: 'Separate file' }).click();
  const file = { name: 'v.jsonl', mimeType: 'application/jsonl', buffer: Buffer.from(lines(50)) };
  await page.getByTestId('validation-file').setInputFiles(file);
  await expect(page.getByTestId('opened-data')).toContainText('20 training · 20 validation');
  await studio.goTo('train');
  await studio.set('epochs', '100');
  await page.getByTestId('more-settings').click();
  await studio.set('evaluation_epochs', '1');
  await page.getByTestId('start').click();
  await expect.poll(async () => (await studio.lossTable()).steps.at(-1) ?? 0, { timeout: 120_000 }).toBeGreaterThan(12);
  await page.getByTestId('stop').click();
  await studio.waitForPhase('stopped', 60_000);
  const before = await studio.lossTable();
  expect(before.validation.length).toBeGreaterThan(0);
  await page.reload();
  await studio.goTo('train');
  await page.getByTestId('resume-past').click();
  await studio.waitForPhase('training', 90_000);
  await expect
    .poll(async () => (await studio.lossTable()).steps.at(-1) ?? 0, { timeout: 120_000 })
    .toBeGreaterThan(before.steps.at(-1)! + 12);
  const after = await studio.lossTable();
  expect(after.losses.slice(0, before.losses.length)).toEqual(before.losses);
  expect(after.validation.length).toBeGreaterThan(before.validation.length);
});

test('a data set of a Hub opens by its name, and opens again when the Hub is gone', async ({ page }) => {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-data-'));
  for (const [split, name] of [
    ['train', 'zstd'],
    ['test', 'snappy'],
  ] as const) {
    const place = join(folder, 'datasets', 'ai', 'cats@parquet', 'default', split);
    mkdirSync(place, { recursive: true });
    cpSync(golden(`${name}.parquet`), join(place, '0000.parquet'));
  }
  const hub = await startHubServer(folder);
  try {
    await openData(page);
    const find = async (id: string) => {
      await page.getByTestId('dataset-id').fill(id);
      const more = page.getByTestId('dataset-more');
      if ((await more.getAttribute('aria-expanded')) === 'false') await more.click();
      await page.getByTestId('dataset-endpoint').fill(hub.url);
      await page.getByTestId('dataset-open').click();
    };
    await find('ai/none');
    await expect(page.locator('[data-error="hub-not-found"]')).toContainText('ai/none');
    await find('ai/cats');
    await expect(page.getByTestId('dataset-part').locator('option')).toHaveCount(2);
    await expect(page.getByTestId('dataset-part').locator('option:checked')).toContainText('default / train');
    await page.getByTestId('dataset-open').click();
    await expect(page.getByTestId('opened-data')).toContainText('ai/cats default train');
    await expect.poll(() => learnedText(page)).toContain('Five.');

    await page.getByTestId('setting-validation_strategy').click();
    await page.getByRole('option', { name: 'Separate file' }).click();
    await page.getByTestId('validation-hub').locator('summary').click();
    await page.getByTestId('validation-dataset-id').fill('ai/cats');
    await page.getByTestId('validation-dataset-more').click();
    await page.getByTestId('validation-dataset-endpoint').fill(hub.url);
    await page.getByTestId('validation-dataset-open').click();
    await page.getByTestId('validation-dataset-part').selectOption({ label: 'default / test (1.45 KiB)' });
    await page.getByTestId('validation-dataset-open').click();
    await expect(page.getByTestId('validation-opened')).toContainText('ai/cats default test');

    await page.context().route(`${hub.url}/**`, (route) => route.abort());
    await another(page);
    await find('ai/cats');
    await page.getByTestId('dataset-open').click();
    await expect(page.getByTestId('opened-data')).toContainText('ai/cats default train');
    await expect(page.locator('[data-error^="hub"]')).toHaveCount(0);
  } finally {
    await hub.close();
    rmSync(folder, { recursive: true });
  }
});

test('a large table is read while the page stays live, and previewed by a sample', async ({ page }) => {
  await openData(page);
  const answer = 'The cat sat on the mat, and the mat lay on the floor. '.repeat(8);
  const rows = Array.from({ length: 40_000 }, (_, index) => `Question ${index}?,"${answer}${index}"`);
  const file = join(mkdtempSync(join(tmpdir(), 'atelier-large-')), 'large.csv');
  writeFileSync(file, `prompt,answer\n${rows.join('\n')}\n`);
  expect(statSync(file).size).toBeGreaterThan(17e6);
  const endRecording = await recordMainThread(page);
  await page.getByTestId('data-file').setInputFiles(file);
  await expect(page.getByTestId('opened-data')).toContainText('40,000', { timeout: 60_000 });
  const tasks = await endRecording();
  expect(tasks[0], 'longest main-thread task while reading, ms of the processor').toBeLessThan(100);
  await expect(page.getByTestId('sampled')).toContainText('of its 40,000 rows', { timeout: 60_000 });
  await expect(page.getByTestId('opened-data')).toContainText('39,800 training · 200 validation');
  rmSync(dirname(file), { recursive: true });
});

test.describe('in Japanese', () => {
  test.use({ locale: 'ja-JP' });

  test('problems and roles are told in Japanese', async ({ page }) => {
    const studio = new StudioPage(page);
    await studio.open();
    await studio.goTo('data');
    await studio.dropTable('表.csv', '質問,回答\n首都は?,東京です。\n首都は?,東京です。\n山は?,\n川は?,利根川,余り\n');
    await page.getByTestId('problems').locator('summary').click();
    await expect(page.locator('[data-problem="duplicate"]')).toContainText('前の行と同じ: 3 行目');
    await expect(page.locator('[data-problem="empty-cell"]')).toContainText('空のセル (回答): 4 行目');
    await expect(page.locator('[data-problem="ragged"]')).toContainText('セルの数が見出しと違う: 5 行目');
    await expect(page.getByTestId('role-回答').locator('option:checked')).toHaveText('回答');
    await studio.expectAccessible();
  });
});
