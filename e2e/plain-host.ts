import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
};

/** A host of static files as they are rented: the built page below a path, no header but the type of a file. */
export class PlainHost {
  private readonly folder = mkdtempSync(join(tmpdir(), 'atelier-host-'));
  private readonly server: Server;
  /** `METHOD path` of every request so far. */
  readonly requests: string[] = [];

  private constructor(built: string) {
    cpSync(built, this.folder, { recursive: true });
    this.server = createServer((request, response) => {
      this.requests.push(`${request.method} ${request.url}`);
      const [, path] = /^\/below\/([^?]*)/.exec(request.url!) ?? [];
      const name = path === '' ? 'index.html' : path;
      try {
        const bytes = readFileSync(join(this.folder, name!));
        response.writeHead(200, { 'Content-Type': types[extname(name!)] ?? 'application/octet-stream' }).end(bytes);
      } catch {
        response.writeHead(404).end();
      }
    });
  }

  /** @param address of this computer that it is reached at; the built page's folder is copied */
  static async start(built: string, address = '127.0.0.1'): Promise<PlainHost> {
    const host = new PlainHost(built);
    await listen(host.server, address);
    return host;
  }

  get url(): string {
    return `${addressOf(this.server)}/below/`;
  }

  /** A new build in place of the one before: every script has another name, and those of before are gone. */
  deploy(): void {
    const assets = join(this.folder, 'assets');
    const names = readdirSync(assets);
    const renamed = (text: string) =>
      names.reduce((all, name) => all.replaceAll(stemOf(name), otherStemOf(name)), text);
    for (const name of names) renameSync(join(assets, name), join(assets, renamed(name)));
    const scripts = readdirSync(assets).filter((name) => /\.(js|css)$/.test(name));
    for (const path of [...scripts.map((name) => `assets/${name}`), 'index.html', 'service-worker.js'])
      this.rewrite(path, renamed);
    this.rewrite('service-worker.js', (text) => text.replace(/(?<=cachePrefix\}).{16}/, '0123456789abcdef'));
  }

  /** From now on whoever reads a file in a worker of its own hangs: no file is known that does that by itself. */
  hangReaders(): void {
    const names = readdirSync(join(this.folder, 'assets')).filter((name) => /^reading-worker.*\.js$/.test(name));
    for (const name of names)
      this.rewrite(
        `assets/${name}`,
        () => 'addEventListener("message", () => { postMessage({ begun: true }); for (;;); });',
      );
  }

  private rewrite(path: string, change: (text: string) => string): void {
    const file = join(this.folder, path);
    writeFileSync(file, change(readFileSync(file, 'utf8')));
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const stemOf = (name: string): string => name.slice(0, name.lastIndexOf('.'));

/** The same name with another digest of as many letters. */
function otherStemOf(name: string): string {
  const stem = stemOf(name);
  return `${stem.slice(0, -8)}${[...stem.slice(-8)].reverse().join('')}`;
}

/** A server that nobody named: it takes whatever it is sent, and remembers it. */
export async function startForeign(): Promise<{ url: string; requests: string[]; close(): void }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const headers = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*' };
    response.writeHead(200, { ...headers, 'Content-Type': 'application/json' }).end('{}');
  });
  // The policy allows servers on this computer by the names they usually have; this is another.
  await listen(server, '127.0.0.2');
  return { url: addressOf(server), requests, close: () => server.close() };
}

function listen(server: Server, address: string): Promise<void> {
  return new Promise((done) => server.listen(0, address, done));
}

function addressOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  return `http://${address}:${port}`;
}
