/** A number with what it counts. `n` is worded; only `1` is one. */
export const plural = (n: string, one: string, many: string) => (n === '1' ? `${n} ${one}` : `${n} ${many}`);
