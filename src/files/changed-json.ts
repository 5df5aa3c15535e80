/** A number that is whole but written as a fraction, such as `4.0` or `1e-05`, or a text, which may hold such. */
const textOrFraction = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)|-?\d+\.\d+/g;
const mark = 'number:';

/**
 * The text of a JSON object after a change, indented by 2, with numbers as they were written: transformers refuses `4`
 * where a config had `4.0`, which JavaScript cannot tell apart.
 */
export function changedJson(
  text: string,
  change: (json: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>,
): string {
  const marked = text.replace(textOrFraction, (found) => (found.startsWith('"') ? found : `"${mark}${found}"`));
  const changed = JSON.stringify(change(JSON.parse(marked)), null, 2);
  return `${changed.replace(new RegExp(`"${mark}(-?\\d[^"]*)"`, 'g'), '$1')}\n`;
}
