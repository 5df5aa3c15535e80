import { AppError } from '../../errors.ts';
import type { StreamedFile } from '../../exports/target.ts';
import { commitFiles, createHubRepository, type HubWriting, type UploadProgress } from '../../files/hub-publish.ts';
import { endpointOf } from '../../files/hub-request.ts';
import { SentParts } from '../../files/hub-sent-parts.ts';
import { finishSignIn, signInAddress } from '../../files/hub-sign-in.ts';
import { decodeText, joinBytes } from '../../files/source.ts';
import { fetcher } from '../models/hub-access.ts';
import { writtenResult } from '../results/written-result.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import { PublicationFolder } from './kept-publication.ts';
import type { Destination, Publication, PublishRequests, SentFile } from './messages.ts';
import { sendWithProgress } from './send-with-progress.ts';

const cardName = 'README.md';

/** Milliseconds between two tellings of how far the files have come. */
const telling = 100;

export function publishHandlers(workshop: Workshop): Pick<Handlers, keyof PublishRequests> {
  const folder = new PublicationFolder(
    () => workshop.storage(),
    () => workshop.storageRoot(),
  );
  let sending: AbortController | null = null;
  /** What was sent of the publication, and where. */
  let sent: { readonly to: string; readonly parts: SentParts } | null = null;

  return {
    preparePublication: ({ runId, target, rank }) =>
      alone(async () => {
        await folder.clear();
        sent = null;
        try {
          let kept: number | null = null;
          const onKept = (share: number) => {
            kept = share;
          };
          const result = await writtenResult(workshop, runId, target, { rank, onKept });
          const card = result.files.find(({ path }) => path === cardName);
          const written = await folder.write(result.files.filter(({ path }) => path !== cardName));
          await result.check(written);
          const publication = {
            ...{ runId, target, title: result.title, kept, to: null },
            files: [...written].map(([path, { size }]) => ({ path, bytes: size })),
            card: card ? await textOf(card) : '',
          };
          await folder.save({ ...publication, isCreated: false });
          return publication;
        } catch (thrown) {
          await folder.clear();
          throw thrown;
        }
      }),

    async unfinishedPublication() {
      const publication = await folder.load().catch(() => null);
      return { publication: publication && shown(publication) };
    },

    publish: ({ to, card, token }) =>
      alone(async () => {
        const publication = await folder.load();
        const files = await folder.files(publication.files.map(({ path }) => path));
        const access = writing(to, token);
        const isSame = publication.to?.endpoint === to.endpoint && publication.to.repository === to.repository;
        const isCreated = isSame && publication.isCreated;
        await folder.save({ ...publication, to, card, isCreated });
        sending = new AbortController();
        if (to.isNew && !isCreated) {
          await createHubRepository(access, to.isPrivate);
          await folder.save({ ...publication, to, card, isCreated: true });
        }
        const address = `${endpointOf(access)}/${to.repository}`;
        if (sent?.to !== address) sent = { to: address, parts: new SentParts() };
        if (card !== '') files.set(cardName, new Blob([card]));
        const title = `Upload ${publication.title}`;
        const { parts } = sent;
        await commitFiles(access, { title, files, sent: parts, signal: sending.signal, onProgress: teller() });
        await folder.clear();
        return { address };
      }),

    async stopPublishing() {
      sending?.abort(new AppError('publish-stopped'));
      return {};
    },

    discardPublication: () =>
      alone(async () => {
        await folder.clear();
        sent = null;
        return {};
      }),

    signInAddress: ({ endpoint, clientId, redirectUrl }) => signInAddress(endpoint, clientId, redirectUrl),

    async signIn({ endpoint, redirectedUrl, ...begun }) {
      const { token, user } = await finishSignIn(endpoint, redirectedUrl, begun);
      workshop.signedIn = { endpoint, token };
      return { user };
    },
  };

  /** The token that was typed, else that of who signed in there. */
  function writing({ endpoint, repository }: Destination, typed: string | undefined): HubWriting {
    const { signedIn } = workshop;
    const token = typed || (signedIn?.endpoint === endpoint ? signedIn.token : undefined);
    return { fetch: fetcher, send: sendWithProgress, endpoint, repository, token };
  }

  /** Tells the page of all files that moved, a few times a second. */
  function teller(): (progress: UploadProgress) => void {
    const moved = new Map<string, SentFile>();
    let last = 0;
    return (progress) => {
      moved.set(progress.path, progress);
      if (Date.now() - last < telling && progress.doneBytes < progress.sizeBytes) return;
      last = Date.now();
      workshop.emit('publishing', { files: [...moved.values()] });
      moved.clear();
    };
  }
}

/** One tab at a time: the files lie in one place. @throws AppError 'publish-elsewhere' */
async function alone<T>(act: () => Promise<T>): Promise<T> {
  // Without a secure address there are no locks, and each tab holds its files in its own memory.
  if (!navigator.locks) return act();
  return navigator.locks.request('atelier-publishing', { ifAvailable: true }, (lock) => {
    if (!lock) throw new AppError('publish-elsewhere');
    return act();
  });
}

async function textOf({ parts }: StreamedFile): Promise<string> {
  const pieces = [];
  for await (const part of parts) pieces.push(part);
  return decodeText(joinBytes(pieces));
}

function shown({ runId, target, title, files, card, kept, to }: Publication): Publication {
  return { runId, target, title, files, card, kept, to };
}
