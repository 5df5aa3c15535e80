import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@playwright/test';
import { example, StudioPage } from './studio.ts';

/** Says what it is asked in other words, as an OpenAI-compatible server on this computer would; once it finds a fault. */
async function startServer(): Promise<{ server: Server; endpoint: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const headers = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*' };
    if (request.method === 'OPTIONS') return response.writeHead(204, headers).end();
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      const [{ content }] = (JSON.parse(body) as { messages: [{ content: string }] }).messages;
      asked.push(content);
      const isCritique = /OK/.test(content);
      const reply = isCritique ? (asked.length === 2 ? 'It is too short.' : 'OK') : `${content.split('\n').at(-1)} 2`;
      response.writeHead(200, { ...headers, 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ choices: [{ message: { content: reply }, finish_reason: 'stop' }] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked };
}

test('rows made by a server and by the open model are looked at by key, learned once accepted, and taken out again', async ({
  page,
}) => {
  const { server, endpoint, asked } = await startServer();
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('data');
  const lines = readFileSync(example('data.csv'), 'utf8').split('\n').slice(0, 31).join('\n');
  await studio.dropTable('mine.csv', lines);
  const facts = page.getByTestId('opened-data');
  const split = (training: number) => `${training} training · 3 validation`;
  await page.getByTestId('setting-validation_size').fill('0.1');
  await expect(facts).toContainText(split(27));

  await page.getByTestId('made-open').click();
  const section = page.getByRole('region', { name: 'More examples' });
  await page.getByTestId('made-writer').selectOption('server');
  await expect(section).toContainText('Enter the server address');
  await page.getByTestId('made-endpoint').fill('https://elsewhere.example/v1');
  await page.getByTestId('made-model').fill('some-model');
  await expect(section).toContainText('not configured to allow elsewhere.example');
  expect(asked).toEqual([]);
  await page.getByTestId('made-endpoint').fill(endpoint);
  await expect(section).toContainText(`sent to ${new URL(endpoint).host}`);
  await page.getByTestId('made-critique').check();
  await page.getByTestId('made-count').fill('4');
  await page.getByTestId('made-start').click();

  const card = page.getByTestId('made-card');
  const counts = page.getByTestId('made-counts');
  await expect(counts).toHaveText('0 accepted · 0 rejected · 4 to review');
  await expect(card).toContainText('It is too short.');
  await expect(facts).toContainText(split(27));
  await studio.expectAccessible();
  await card.focus();
  await page.keyboard.press('r');
  await expect(card).toContainText('Row 2 of 4');
  await page.keyboard.press('e');
  await page.keyboard.type('Edited, a: ');
  await page.keyboard.press('Escape');
  await page.keyboard.press('a');
  await expect(counts).toHaveText('1 accepted · 1 rejected · 2 to review');
  await expect(card).toBeFocused();
  await page.getByTestId('made-take').click({ force: true });
  await expect(section).toContainText('Review every row first');
  await page.getByTestId('made-accept-sound').click();
  await expect(counts).toHaveText('3 accepted · 1 rejected · 0 to review');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('made-save').click()]);
  expect(download.suggestedFilename()).toBe('mine-made.csv');
  const saved = readFileSync(await download.path(), 'utf8')
    .trimEnd()
    .split('\r\n');
  expect(saved.map((line) => /,(yes|no),\d+,/.exec(line)?.[1])).toEqual([undefined, 'no', 'yes', 'yes', 'yes']);

  await page.getByTestId('made-take').click();
  await expect(page.getByTestId('made-in-table')).toContainText('3 rows of this dataset written by a model');
  await expect(facts).toContainText(split(30));
  await expect(page.getByTestId('made-review')).toHaveCount(0);

  // Another visit knows them, too.
  await expect.poll(() => page.evaluate(() => JSON.stringify(localStorage).includes('kept'))).toBe(true);
  await page.reload();
  await studio.goTo('data');
  await expect(page.getByTestId('made-in-table')).toContainText('3 rows', { timeout: 60_000 });
  await expect(facts).toContainText(split(30), { timeout: 60_000 });

  // The open model writes nonsense, but rows.
  await page.getByTestId('made-open').click();
  await page.getByTestId('made-writer').selectOption('model');
  await page.getByTestId('made-tokens').fill('8');
  await page.getByTestId('made-count').fill('2');
  await page.getByTestId('made-start').click();
  await expect(counts).toHaveText('0 accepted · 0 rejected · 2 to review', { timeout: 120_000 });
  await page.setViewportSize({ width: 390, height: 844 });
  await expect
    .poll(() => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth))
    .toBe(0);
  await page.getByTestId('made-in-table').getByRole('button', { name: 'Remove them' }).click();
  await expect(page.getByTestId('made-in-table')).toHaveCount(0);
  await expect(facts).toContainText(split(27));
  server.close();
});
