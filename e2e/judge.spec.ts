import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@playwright/test';
import { example, StudioPage } from './studio.ts';

interface Asked {
  readonly key: string | undefined;
  readonly body: string;
}

/** Scores whatever it is asked, as an OpenAI-compatible server on this computer would. */
async function startJudge(): Promise<{ server: Server; endpoint: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const headers = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*' };
    if (request.method === 'OPTIONS') return response.writeHead(204, headers).end();
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      asked.push({ key: request.headers.authorization, body });
      response.writeHead(200, { ...headers, 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ choices: [{ message: { content: 'Fine. [[7]]' } }] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked };
}

test.use({ locale: 'ja-JP' });

test('a judge is named with what it gets, scores the answers, and its key stays in memory; nobody asks to notify unasked', async ({
  page,
}) => {
  test.setTimeout(300_000);
  const { server, endpoint, asked } = await startJudge();
  await page.addInitScript(() => {
    const counted = globalThis as unknown as { asks: number };
    counted.asks = 0;
    Notification.requestPermission = async () => {
      counted.asks++;
      return 'granted';
    };
  });
  const asks = () => page.evaluate(() => (globalThis as unknown as { asks: number }).asks);
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('data');
  await studio.dropTable('data.csv', readFileSync(example('data.csv')));
  await expect(page.getByTestId('token-row').first()).toBeVisible();
  await studio.goTo('train');
  const config = JSON.parse(readFileSync(example('run.json'), 'utf8'));
  config.training = { ...config.training, max_steps: 4, evaluation_epochs: 10 };
  config.prediction = { metric: 'judge', judge_endpoint: endpoint, judge_model: 'some-model', max_length_inference: 8 };
  const buffer = Buffer.from(JSON.stringify(config));
  await page.getByTestId('config-file').setInputFiles({ name: 'run.json', mimeType: 'application/json', buffer });
  await expect(page.getByText(new URL(endpoint).host).first()).toBeVisible();
  await page.getByTestId('judge-key').fill('secret-key');
  await page.getByTestId('more-settings').click();
  await page.getByTestId('setting-sample_prompts').fill('日本の首都は?\n');
  await studio.expectAccessible();
  await page.getByTestId('start').click();
  await page.getByTestId('notify').click();
  expect(await asks()).toBe(1);
  await studio.waitForPhase('finished', 200_000);
  await expect(page.getByTestId('samples')).toContainText('生成サンプル');
  await expect(page.getByTestId('samples')).toContainText('judge 7.000');
  await expect(page.getByTestId('samples')).toContainText('日本の首都は?');
  // The rows of the evaluation, and for the verdict what the base says otherwise: no answer is judged twice.
  expect(asked.length).toBeGreaterThanOrEqual(30);
  expect(new Set(asked.map(({ body }) => body)).size).toBe(asked.length);
  expect(asked[0]!.key).toBe('Bearer secret-key');
  expect(JSON.parse(asked[0]!.body).model).toBe('some-model');
  await studio.expectAccessible();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('export').first().click()]);
  expect(readFileSync(await download.path()).includes('secret-key')).toBe(false);
  server.close();
});
