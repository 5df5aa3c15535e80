import { AppError } from '../errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export const invalidConfig = (reason: string): AppError => new AppError('config-invalid', { reason });

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const absent = (value: unknown): boolean => value === undefined || value === null;

/**
 * Reads fields of a config.json; null counts as absent, as in transformers.
 * Every method throws AppError 'config-invalid', naming the field, where it is absent without a default or malformed.
 */
export class ConfigReader {
  constructor(readonly json: JsonObject) {}

  /** A whole number ≥ 1. */
  size(key: string, fallback?: number): number {
    const value = absent(this.json[key]) ? fallback : this.json[key];
    if (value === undefined) throw invalidConfig(`${key} is missing`);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1)
      throw invalidConfig(`${key} is ${JSON.stringify(value)}, not a whole number above 0`);
    return value;
  }

  optionalSize(key: string): number | undefined {
    return absent(this.json[key]) ? undefined : this.size(key);
  }

  positive(key: string, fallback?: number): number {
    const value = absent(this.json[key]) ? fallback : this.json[key];
    if (value === undefined) throw invalidConfig(`${key} is missing`);
    if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0)
      throw invalidConfig(`${key} is ${JSON.stringify(value)}, not a number above 0`);
    return value;
  }

  flag(key: string, fallback: boolean): boolean {
    const value = absent(this.json[key]) ? fallback : this.json[key];
    if (typeof value !== 'boolean') throw invalidConfig(`${key} is ${JSON.stringify(value)}, not true or false`);
    return value;
  }

  /** One of the keys of `choices`, as its value. */
  choice<T>(key: string, choices: Readonly<Record<string, T>>, fallback: string): T {
    const value = absent(this.json[key]) ? fallback : this.json[key];
    if (typeof value !== 'string' || !Object.hasOwn(choices, value))
      throw invalidConfig(`${key} ${JSON.stringify(value)} is not one of ${Object.keys(choices).join(', ')}`);
    return choices[value]!;
  }

  /** A non-empty object, or undefined where it is absent or empty. */
  object(key: string): JsonObject | undefined {
    const value = this.json[key];
    if (absent(value)) return undefined;
    if (!isObject(value)) throw invalidConfig(`${key} is not an object`);
    return Object.keys(value).length === 0 ? undefined : value;
  }
}
