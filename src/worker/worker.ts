import { chatHandlers } from './chat-handlers.ts';
import { openHandlers } from './open-handlers.ts';
import { previewHandlers } from './preview-handlers.ts';
import { runHandlers } from './run-handlers.ts';
import { emitterFor, type PagePort, serve } from './serve.ts';
import { Workshop } from './workshop.ts';

const port = self as unknown as PagePort;
const workshop = new Workshop(emitterFor(port));

serve(port, {
  environment: () => workshop.executors.environment(),
  ...openHandlers(workshop),
  ...previewHandlers(workshop),
  ...runHandlers(workshop),
  ...chatHandlers(workshop),
});
