/** Values and calls as Python writes them. */

const lineLength = 88;

/** A call on one line where it fits, else an argument a line. */
export function call(name: string, options: readonly string[]): string {
  const line = `${name}(${options.join(', ')})`;
  return line.length <= lineLength ? line : `${name}(\n${options.map((option) => `    ${option},\n`).join('')})`;
}

/** A JSON value as a Python literal. */
export function python(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}: ${python(item)}`)
    .join(', ')}}`;
}
