import * as v from 'valibot';
import { AppError, because } from '../errors.ts';

/** What a file of JSON says. @throws AppError 'checkpoint-invalid' where it is no JSON, or does not fit the schema */
export function parsedFile<T>(file: string, schema: v.GenericSchema<unknown, T>, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError('checkpoint-invalid', { reason: because`${file} is no JSON` }, { cause });
  }
  const { success, output, issues } = v.safeParse(schema, value);
  if (success) return output;
  const place = v.getDotPath(issues[0]);
  const reason = place === null ? because`the file ${file} is damaged` : because`${file} is damaged at ${`"${place}"`}`;
  throw new AppError('checkpoint-invalid', { reason });
}
