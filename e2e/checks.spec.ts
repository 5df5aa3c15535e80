import { expect, test } from '@playwright/test';
import { bert, StudioPage } from './studio.ts';

const csv = (header: string, row: (at: number) => string, count = 60) =>
  `${[header, ...Array.from({ length: count }, (_, at) => row(at))].join('\n')}\n`;

test('a table without a prompt column holds Start back, until one is chosen', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('data');
  await studio.dropTable(
    'answers.csv',
    csv('topic,answer', (at) => `number ${at},It is ${at}.`),
  );
  await page.getByTestId('role-topic').selectOption('none');
  await expect(page.locator('[data-error="prompt-missing"]')).toBeVisible();
  await studio.goTo('train');
  await page.getByTestId('start').click({ force: true });
  await expect(page.getByText('No column is chosen as the prompt').first()).toBeVisible();
  await expect(page.getByTestId('run-view')).toHaveCount(0);
  await studio.goTo('data');
  await page.getByTestId('role-topic').selectOption('prompt');
  await expect(page.locator('[data-check="dataFit"]')).toHaveAttribute('data-ok', 'true');
});

test('cut questions hold Start back, and one click sets the length that holds them', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('data');
  const long = (at: number) => 'It is a long answer. '.repeat(at < 5 ? 12 : 1);
  await studio.dropTable(
    'long.csv',
    csv('question,answer', (at) => `What is ${at}?,${long(at)}${at}`),
  );
  await expect(page.getByTestId('token-row').first()).toBeVisible();
  await studio.goTo('train');
  await studio.set('max_length', '32');
  const check = page.locator('[data-check="dataFit"]');
  await expect(check).toHaveAttribute('data-ok', 'false');
  await expect(check).toContainText('lose their whole prompt: max_length is 32');
  await expect(page.getByText('Ready to train')).toHaveCount(0);
  await page.getByTestId('start').click({ force: true });
  await expect(page.getByTestId('run-view')).toHaveCount(0);
  await check.getByTestId('remedy').click();
  await expect(check).toHaveAttribute('data-ok', 'true');
  expect(Number(await page.getByTestId('setting-max_length').inputValue())).toBeGreaterThan(32);
  await studio.goTo('data');
  await expect(page.locator('[data-error]')).toHaveCount(0);
  await studio.expectAccessible();
});

test('a table of texts and labels that comes before its model is read as such, and a label like a text refused', async ({
  page,
}) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.goTo('data');
  const review = (at: number) => `The parcel came ${at} days late and nobody at the shop could say why.`;
  await studio.dropTable(
    'reviews.csv',
    csv('text,label', (at) => `${review(at)},${at % 2 ? 'good' : 'bad'}`),
  );
  await expect(page.getByTestId('role-label')).toHaveValue('answer');
  await expect(page.getByTestId('reason-label')).toHaveText('by its name');
  await studio.goTo('model');
  await page.getByTestId('model-files').setInputFiles(bert);
  await expect(page.getByTestId('opened-model')).toBeVisible();
  await studio.goTo('data');
  await expect(page.getByTestId('role-text')).toHaveValue('prompt');
  await expect(page.getByTestId('role-label')).toHaveValue('answer');
  await expect(page.getByTestId('classes').locator('dt')).toHaveText(['bad', 'good']);

  await page.getByTestId('role-text').selectOption('answer');
  await page.getByTestId('role-label').selectOption('prompt');
  await expect(page.locator('[data-error="labels-like-text"]')).toContainText('look like texts');
  await expect(page.getByTestId('reason-label')).toHaveCount(0);
  await expect(page.locator('[data-check="dataFit"]')).toHaveAttribute('data-ok', 'false');
});

test('an unclosed quote costs one row, duplicates are left out, and rows can be looked at', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('data');
  const row = (at: number) => (at === 30 ? '"What is 30?,open' : `What is ${at % 55}?,It is ${at % 55}.`);
  await studio.dropTable('messy.csv', csv('question,answer', row, 63));
  const problems = page.getByTestId('problems');
  await problems.locator('summary').click();
  await expect(problems.locator('[data-problem="quote-open"]')).toContainText('row 32');
  await expect(page.getByTestId('opened-data')).toContainText('62');
  const duplicate = problems.locator('[data-problem="duplicate"]');
  await duplicate.getByTestId('show-row').click();
  await expect(duplicate.getByTestId('shown-row')).toContainText('It is 0.');
  await duplicate.getByTestId('remedy').click();
  await expect(problems.locator('[data-problem="repeated"]')).toBeVisible();
  await expect(duplicate).toHaveCount(0);
  await expect(page.locator('[data-finding="validation-leaks"]')).toHaveCount(0);
  await studio.expectAccessible();
});

test('a validation set too small to tell anything is said, and one click makes it larger', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('data');
  await studio.dropTable(
    'rows.csv',
    csv('question,answer', (at) => `What is ${at}?,It is ${at}.`),
  );
  await page.getByTestId('setting-validation_size').fill('0.01');
  const finding = page.locator('[data-finding="validation-small"]');
  await expect(finding).toContainText('Rows in the validation set: 1');
  await expect(page.locator('[data-check="dataNotes"]')).toBeVisible();
  await expect(page.locator('[data-check="dataFit"]')).toHaveAttribute('data-ok', 'true');
  await finding.getByTestId('remedy').click();
  await expect(finding).toHaveCount(0);
});

test.describe('in Japanese', () => {
  test.use({ locale: 'ja-JP' });

  test('columns are known, and what holds a run back is said', async ({ page }) => {
    const studio = new StudioPage(page);
    await studio.open();
    await studio.openExampleModel();
    await studio.goTo('data');
    const table = csv('番号,お客様の声,返信', (at) => `${at},${at}日遅れました,返信${at}です`);
    await studio.dropTable('声.csv', table);
    await expect(page.getByTestId('role-お客様の声')).toHaveValue('prompt');
    await expect(page.getByTestId('role-返信')).toHaveValue('answer');
    await expect(page.getByTestId('reason-返信')).toHaveText('列名から');
    await page.getByTestId('role-お客様の声').selectOption('none');
    await expect(page.locator('[data-error="prompt-missing"]')).toContainText('プロンプトの列が選ばれていない');
  });
});
