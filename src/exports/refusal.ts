/** Why a target cannot be had of a run, and how another is named in its place. */
import { AppError, type Reason } from '../errors.ts';

/** A target as the command line takes it; the page has the words of its button in place of this text. */
export const asTarget = (name: string): Reason => ({ text: `--to ${name}`, values: [] });

/** What a check refuses with, where it does. @throws what is no AppError */
export function refusalOf(check: () => unknown): AppError | undefined {
  try {
    check();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown;
    throw thrown;
  }
}

/** What a check of something finds, which several targets ask for. */
export function foundOnce<Asked extends object>(
  find: (asked: Asked) => AppError | undefined,
): (asked: Asked) => AppError | undefined {
  const found = new WeakMap<Asked, { readonly refusal: AppError | undefined }>();
  return (asked) => {
    const known = found.get(asked) ?? { refusal: find(asked) };
    found.set(asked, known);
    return known.refusal;
  };
}

/** The same of a check that reads. */
export async function refusalOfReading(check: () => Promise<unknown>): Promise<AppError | undefined> {
  try {
    await check();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown;
    throw thrown;
  }
}
