/** So many random hexadecimal digits. `crypto.randomUUID` is there on secure addresses only, this everywhere. */
export function randomId(digits: number): string {
  const values = crypto.getRandomValues(new Uint8Array(digits));
  return Array.from(values, (value) => (value % 16).toString(16)).join('');
}
