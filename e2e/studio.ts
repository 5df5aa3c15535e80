import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

export const example = (name: string): string => fileURLToPath(new URL(`../public/example/${name}`, import.meta.url));

/** A file of a reference case. */
export const golden = (path: string): string => fileURLToPath(new URL(`../interop/golden/${path}`, import.meta.url));
/** A tiny encoder, as a visitor chooses its files. */
export const bert = ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'].map((name) =>
  golden(`bert-lora/${name}`),
);

export type StepName = 'model' | 'layers' | 'data' | 'train' | 'use';

/** What a visitor does, in the words of the five steps. */
export class StudioPage {
  constructor(readonly page: Page) {}

  async open(address = '/'): Promise<void> {
    await this.page.goto(address);
    // The page is up before the worker has looked at the computer; what it found is said in the header.
    await expect(this.page.locator('header [data-executor]')).toBeVisible({ timeout: 60_000 });
  }

  async goTo(step: StepName): Promise<void> {
    const order: readonly StepName[] = ['model', 'layers', 'data', 'train', 'use'];
    await this.page.locator('nav button').nth(order.indexOf(step)).click();
  }

  async openExampleModel(): Promise<void> {
    await this.page.getByTestId('open-example').click();
    await expect(this.page.getByTestId('opened-model')).toBeVisible({ timeout: 60_000 });
  }

  /** Drops a file as a mouse would: through the drop event's own data. */
  async dropTable(name: string, content: string | Buffer): Promise<void> {
    const base64 = Buffer.from(content).toString('base64');
    const transfer = await this.page.evaluateHandle(
      ({ name, base64 }) => {
        const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([bytes], name));
        return data;
      },
      { name, base64 },
    );
    // The step before stays in the document, hidden, while the next one is loaded.
    const zone = this.page.getByTestId('drop-zone').filter({ visible: true });
    await zone.dispatchEvent('dragover', { dataTransfer: transfer });
    await zone.dispatchEvent('drop', { dataTransfer: transfer });
  }

  /** Fills a field of the training form by its key in the run config. */
  async set(key: string, value: string): Promise<void> {
    await this.page.getByTestId(`setting-${key}`).fill(value);
  }

  async phase(): Promise<string | null> {
    return this.page.getByTestId('run-view').getAttribute('data-phase');
  }

  async waitForPhase(phase: string, timeout: number): Promise<void> {
    await expect(this.page.locator(`[data-testid="run-view"][data-phase="${phase}"]`)).toBeVisible({ timeout });
  }

  /** Loss of every step, the first one first, from the table that stands in for the chart. */
  async lossTable(): Promise<{ steps: number[]; losses: number[]; validation: number[] }> {
    const figure = this.page.locator('figure').first();
    await figure.getByTestId('chart-table').click();
    const rows = await figure
      .locator('tbody tr')
      .evaluateAll((found) => found.map((row) => [...row.children].map((cell) => cell.textContent ?? '')));
    await figure.getByTestId('chart-table').click();
    rows.reverse();
    // What was evaluated before the first step has a validation loss alone.
    const trained = rows.map(([step, raw]) => [Number(step?.replaceAll(',', '')), Number(raw)] as const);
    const steps = trained.filter(([step]) => step > 0);
    return {
      steps: steps.map(([step]) => step),
      losses: steps.map(([, raw]) => raw),
      validation: rows
        .map((cells) => cells[3])
        .filter((text) => text !== undefined && text !== '')
        .map(Number),
    };
  }

  /** Asks both sides in a conversation of its own and gives their answers. */
  async ask(prompt: string): Promise<{ base: string; tuned: string }> {
    const fresh = this.page.getByTestId('new-conversation');
    if (await fresh.isVisible()) await fresh.click();
    await this.page.getByTestId('prompt').fill(prompt);
    await this.page.getByTestId('send').click();
    const turn = this.page.getByTestId('turn').last();
    await expect(turn.locator('[data-done="true"]')).toHaveCount(2, { timeout: 60_000 });
    const answer = (side: string) => turn.locator(`[data-side="${side}"]`).getByTestId('answer').textContent();
    return { base: (await answer('base')) ?? '', tuned: (await answer('tuned')) ?? '' };
  }

  /** axe's findings on what is shown now. */
  async expectAccessible(): Promise<void> {
    const { violations } = await new AxeBuilder({ page: this.page }).analyze();
    const words = violations.map(
      ({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.html).join('\n  ')}`,
    );
    expect(words.join('\n')).toBe('');
  }
}

export interface HeldOut {
  readonly prompt: string;
  readonly right: readonly string[];
  readonly style: readonly string[];
}

export const heldOut = (): readonly HeldOut[] => JSON.parse(readFileSync(example('held-out.json'), 'utf8')).prompts;

export const isInStyleAndRight = (answer: string, { right, style }: HeldOut): boolean =>
  [...right, ...style].every((text) => answer.includes(text));

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
