import { AppError, because, type Reason } from '../errors.ts';
import type { Activation } from '../graph/types.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export const invalidConfig = (reason: Reason): AppError => new AppError('config-invalid', { reason });

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const absent = (value: unknown): boolean => value === undefined || value === null;

const activations = {
  silu: 'silu',
  swish: 'silu',
  gelu: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_fast: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  relu: 'relu',
  tanh: 'tanh',
} as const;

/** Ten times as many as the deepest published models have. */
export const mostLayers = 1260;

/**
 * Reads fields of a config.json; null counts as absent, as in transformers.
 * Every method throws AppError 'config-invalid', naming the field, where it is absent without a default or malformed.
 */
export class ConfigReader {
  constructor(readonly json: JsonObject) {}

  /** A whole number ≥ 1. */
  size(key: string, fallback?: number): number {
    const value = absent(this.json[key]) ? fallback : this.json[key];
    if (value === undefined) throw invalidConfig(because`${key} is missing`);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1)
      throw invalidConfig(because`${key} is ${JSON.stringify(value)}, not a whole number above 0`);
    return value;
  }

  /** A number of layers. A made-up one must be refused before a list of every layer's parameters is made. */
  layers(key: string, fallback?: number): number {
    const layers = this.size(key, fallback);
    if (layers > mostLayers) throw invalidConfig(because`${key} is ${layers}, more than any model has`);
    return layers;
  }

  optionalSize(key: string): number | undefined {
    return absent(this.json[key]) ? undefined : this.size(key);
  }

  positive(key: string, fallback?: number): number {
    const value = absent(this.json[key]) ? fallback : this.json[key];
    if (value === undefined) throw invalidConfig(because`${key} is missing`);
    if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0)
      throw invalidConfig(because`${key} is ${JSON.stringify(value)}, not a number above 0`);
    return value;
  }

  flag(key: string, fallback: boolean): boolean {
    const value = absent(this.json[key]) ? fallback : this.json[key];
    if (typeof value !== 'boolean') throw invalidConfig(because`${key} is ${JSON.stringify(value)}, not true or false`);
    return value;
  }

  text(key: string, fallback?: string): string {
    const value = absent(this.json[key]) ? fallback : this.json[key];
    if (value === undefined) throw invalidConfig(because`${key} is missing`);
    if (typeof value !== 'string') throw invalidConfig(because`${key} is ${JSON.stringify(value)}, not a text`);
    return value;
  }

  /** One of the keys of `choices`, as its value. */
  choice<T>(key: string, choices: Readonly<Record<string, T>>, fallback: string): T {
    const value = absent(this.json[key]) ? fallback : this.json[key];
    if (typeof value !== 'string' || !Object.hasOwn(choices, value))
      throw invalidConfig(because`${key} ${JSON.stringify(value)} is not one of ${Object.keys(choices).join(', ')}`);
    return choices[value]!;
  }

  /** An activation function by one of the names transformers has for it. */
  activation(key: string, fallback: string): Activation {
    return this.choice<Activation>(key, activations, fallback);
  }

  /** A number above 0, or undefined where it is absent. */
  optionalPositive(key: string): number | undefined {
    return absent(this.json[key]) ? undefined : this.positive(key);
  }

  /** For each layer, whether `layer_types` calls it sliding_attention; undefined where there is no such list. */
  slidingLayers(layers: number): boolean[] | undefined {
    const types = this.json.layer_types;
    if (absent(types)) return undefined;
    const known: unknown[] = ['full_attention', 'sliding_attention'];
    if (!Array.isArray(types) || types.length !== layers || !types.every((type) => known.includes(type)))
      throw invalidConfig(
        because`layer_types does not name full_attention or sliding_attention for each of ${layers} layers`,
      );
    return types.map((type) => type === 'sliding_attention');
  }

  /** A non-empty object, or undefined where it is absent or empty. */
  object(key: string): JsonObject | undefined {
    const value = this.json[key];
    if (absent(value)) return undefined;
    if (!isObject(value)) throw invalidConfig(because`${key} is not an object`);
    return Object.keys(value).length === 0 ? undefined : value;
  }
}
