import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { strFromU8, unzipSync } from 'fflate';
import { mean, StudioPage } from './studio.ts';

const golden = fileURLToPath(new URL('../interop/golden-images/resnet18-full/', import.meta.url));
const folder = fileURLToPath(new URL('../interop/golden-images/pictures/', import.meta.url));

test('a ResNet learns to tell pictures apart, shows what it takes one for, and is downloaded', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await page.getByTestId('model-files').setInputFiles([`${golden}config.json`, `${golden}model.safetensors`]);
  await expect(page.getByTestId('opened-model')).toContainText('32 × 32');
  await studio.expectAccessible();

  await studio.goTo('data');
  await page.getByTestId('picture-folder').setInputFiles(folder);
  const classes = page.getByTestId('picture-classes').locator('li');
  await expect(classes).toHaveText(['ring8 images', 'stripe8 images', 'wedge8 images']);
  await expect(page.getByTestId('picture-samples').locator('img')).toHaveCount(12);
  await studio.expectAccessible();

  await studio.goTo('train');
  await page.getByText('Steps', { exact: true }).click();
  await studio.set('learning_rate', '0.002');
  await studio.set('max_steps', '24');
  // Two batches of random pictures an epoch: the seed says which.
  await page.getByTestId('more-settings').click();
  await studio.set('seed', '1');
  await expect(page.getByTestId('checks').locator('[data-ok="false"]')).toHaveCount(0);
  await page.getByTestId('start').click();
  await studio.waitForPhase('finished', 240_000);
  const { losses, validation } = await studio.lossTable();
  expect(losses).toHaveLength(24);
  expect(mean(losses.slice(-5))).toBeLessThan(0.8 * mean(losses.slice(0, 5)));
  expect(validation.length).toBeGreaterThan(0);

  await studio.goTo('use');
  await page.getByTestId('picture-file').setInputFiles(`${folder}/ring/0.png`);
  const answer = page.getByTestId('picture-answer');
  for (const side of ['base', 'tuned']) {
    const lines = answer.locator(`[data-side="${side}"] li`);
    await expect(lines).toHaveCount(3);
    await expect(lines.filter({ hasText: 'ring' })).toContainText('%');
  }
  await studio.expectAccessible();

  const saved = page.waitForEvent('download');
  await page.getByTestId('download-merged').click();
  const files = unzipSync(readFileSync(await (await saved).path()));
  expect(Object.keys(files).sort()).toEqual(['README.md', 'config.json', 'model.safetensors']);
  expect(JSON.parse(strFromU8(files['config.json']!))).toMatchObject({ architecture: 'resnet18', num_classes: 3 });
});

test('what is no set of classes is said, and a text model asks for a table', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await page.getByTestId('model-files').setInputFiles([`${golden}config.json`, `${golden}model.safetensors`]);
  await expect(page.getByTestId('opened-model')).toBeVisible();
  await studio.goTo('data');
  await page.getByTestId('picture-folder').setInputFiles(`${folder}/ring`);
  await expect(page.locator('[data-error="pictures-missing"]')).toBeVisible();
});

test('a stopped run on pictures is resumed after the page was closed, from its own copy of them', async ({ page }) => {
  const studio = new StudioPage(page);
  const openModel = async () => {
    await studio.open();
    await page.getByTestId('model-files').setInputFiles([`${golden}config.json`, `${golden}model.safetensors`]);
    await expect(page.getByTestId('opened-model')).toBeVisible();
  };
  await openModel();
  await studio.goTo('data');
  await page.getByTestId('picture-folder').setInputFiles(folder);
  await expect(page.getByTestId('picture-classes')).toBeVisible();
  await studio.goTo('train');
  await page.getByText('Steps', { exact: true }).click();
  await studio.set('max_steps', '60');
  await page.getByTestId('start').click();
  await studio.waitForPhase('training', 120_000);
  await page.getByTestId('stop').click();
  await studio.waitForPhase('stopped', 60_000);

  await openModel();
  await studio.goTo('train');
  await page.getByTestId('resume-past').first().click();
  await studio.waitForPhase('finished', 240_000);
  expect((await studio.lossTable()).steps.at(-1)).toBe(60);
  await studio.goTo('use');
  await page.getByTestId('picture-file').setInputFiles(`${folder}/wedge/3.png`);
  await expect(page.getByTestId('picture-answer').locator('[data-side="tuned"] li')).toHaveCount(3);
});
