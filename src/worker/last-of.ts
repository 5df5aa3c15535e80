/** `compute`, which is called anew only when a part of the key differs from the last call's. */
export function lastOf<A extends readonly unknown[], T>(compute: (...given: A) => T) {
  let last: { key: readonly unknown[]; value: T } | null = null;
  return (key: readonly unknown[], ...given: A): T => {
    if (last === null || last.key.some((part, index) => part !== key[index])) {
      last = { key, value: compute(...given) };
    }
    return last.value;
  };
}
