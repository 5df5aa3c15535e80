/**
 * Numbers requests of one kind. Each call begins one and gives what tells whether it is still the last: what answers an
 * earlier one is dropped.
 */
export function requestOrder(): () => () => boolean {
  let last = 0;
  return () => {
    const mine = ++last;
    return () => mine === last;
  };
}
