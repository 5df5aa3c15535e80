/**
 * Each part is asked for while the one before is used, so that reading, reckoning and writing go on at once. A part has to
 * keep its bytes while the next is made.
 */
export async function* oneAhead<Part>(parts: AsyncGenerator<Part>): AsyncGenerator<Part> {
  const ask = () => {
    const asked = parts.next();
    // What it throws is thrown where its turn comes.
    asked.catch(() => {});
    return asked;
  };
  let next = ask();
  try {
    for (let part = await next; !part.done; part = await next) {
      next = ask();
      yield part.value;
    }
  } finally {
    // Ends after the part that is on its way.
    await parts.return(undefined);
  }
}
