/** Errors of publishing to the Hub, as `errors.ts` words them. */
export const publishingErrors = {
  'publish-unauthorized': {
    cause: '{host} does not accept the access token: it is wrong or has expired.',
    action: 'Enter another token with write access, then resume. What was sent is kept.',
  },
  'publish-forbidden': {
    cause: '{host} does not let this token write to {repository}: {message}',
    action: 'Enter a token with write access to it, or choose another repository, then resume.',
  },
  'publish-name-taken': {
    cause: '{repository} already exists on {host}.',
    action: 'Choose another name, or “Existing repository” to add the files to it, then resume.',
  },
  'publish-not-found': {
    cause: '{host} has no {repository}, or this token may not see it.',
    action: 'Check the name, or choose “New repository”, then resume.',
  },
  'publish-offline': {
    cause: '{host} could not be reached.',
    action: 'Check the connection, then resume. What was sent is kept.',
  },
  'publish-stalled': {
    cause: 'Nothing came of {host} for {seconds} seconds.',
    action: 'Check the connection, then resume. What was sent is kept.',
  },
  'publish-full': {
    cause: '{host} takes no more from this account: {message}',
    action: 'Free space there or publish a smaller form, then resume. What was sent is kept.',
  },
  'publish-failed': {
    cause: '{host} answered {status}: {message}',
    action: 'Resume in a minute. What was sent is kept.',
  },
  'publish-unprepared': {
    cause: 'The files to publish are no longer in this browser.',
    action: 'Prepare them again. What the repository already has is not sent twice.',
  },
  'publish-stopped': {
    cause: 'Publishing was stopped.',
    action: 'Resume it when you like. What was sent is kept.',
  },
  'publish-elsewhere': {
    cause: 'Another tab is preparing or publishing a result.',
    action: 'Continue there, or close that tab and try again.',
  },
  'sign-in-failed': {
    cause: 'Signing in to {host} failed: {message}',
    action: 'Sign in again, or paste an access token.',
  },
} as const;
