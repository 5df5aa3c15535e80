/** Number of leading elements that two lists, or characters that two texts, share. */
export function commonPrefixLength<T>(left: ArrayLike<T>, right: ArrayLike<T>): number {
  const limit = Math.min(left.length, right.length);
  let count = 0;
  while (count < limit && left[count] === right[count]) count++;
  return count;
}
