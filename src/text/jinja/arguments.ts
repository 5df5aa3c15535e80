import { TemplateError } from './template-error.ts';
import { type Named, typeName, type Value } from './values.ts';

/**
 * Arguments by the names of a Python function's parameters. What is not given is missing in the result.
 * @throws TemplateError for too many, an unknown name, or one that is given twice
 */
export function bound<Name extends string>(
  names: readonly Name[],
  args: readonly Value[],
  named: Named,
): { readonly [name in Name]?: Value } {
  if (args.length > names.length) throw new TemplateError(`${args.length} arguments are given for ${names.length}`);
  const found: { [name in Name]?: Value } = {};
  args.forEach((value, index) => {
    found[names[index]!] = value;
  });
  for (const [key, value] of named) {
    const name = names.find((each) => each === key);
    if (name === undefined || name in found) throw new TemplateError(`an argument "${key}" is not expected`);
    found[name] = value;
  }
  return found;
}

/** @throws TemplateError where it is none */
export function textArgument(value: Value): string {
  if (typeof value === 'string') return value;
  throw new TemplateError(`a text is expected, not '${typeName(value)}'`);
}

/** A whole number, or `standard` where none is given. @throws TemplateError */
export function wholeArgument(value: Value, standard: number): number {
  if (value === undefined) return standard;
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value);
  throw new TemplateError(`a whole number is expected, not '${typeName(value)}'`);
}
