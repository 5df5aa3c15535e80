/**
 * `fetch` for a body whose way is watched, which browsers tell of XMLHttpRequest alone.
 * @param onSent told how many bytes of the body have left
 * @throws TypeError where the line breaks, the signal's reason when aborted
 */
export function sendWithProgress(url: string, init: RequestInit, onSent: (bytes: number) => void): Promise<Response> {
  const { method = 'GET', signal } = init;
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    request.upload.addEventListener('progress', ({ loaded }) => onSent(loaded));
    request.addEventListener('load', () => resolve(responseOf(request)));
    request.addEventListener('error', () => reject(new TypeError(`${method} ${new URL(url).host} failed`)));
    request.addEventListener('abort', () => reject(signal?.reason ?? new DOMException('Aborted', 'AbortError')));
    request.addEventListener('loadend', () => signal?.removeEventListener('abort', stop));
    request.open(method, url);
    new Headers(init.headers).forEach((value, name) => {
      request.setRequestHeader(name, value);
    });
    signal?.throwIfAborted();
    signal?.addEventListener('abort', stop);
    request.send(init.body as XMLHttpRequestBodyInit);
  });
}

function responseOf(request: XMLHttpRequest): Response {
  const { status, statusText, responseText } = request;
  const headers = new Headers();
  for (const line of request.getAllResponseHeaders().trim().split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  // A response without a body may be given none.
  return new Response(status === 204 ? null : responseText, { status, statusText, headers });
}
