import { AppError } from '../errors.ts';

/**
 * What `import()` throws where a part of the worker does not come, in the words of Chromium, Firefox and Safari, as the
 * error that says so; undefined of whatever else is thrown.
 */
export const missingCode = (thrown: unknown): AppError | undefined =>
  thrown instanceof TypeError && /imported module|module script/i.test(thrown.message)
    ? new AppError('code-missing', {}, { cause: thrown })
    : undefined;
