import type { ErrorWording } from '../../errors.ts';
import type { publishingErrors } from '../../errors-of-publishing.ts';

/** Hub への公開のエラーの日本語。 */
export const jaPublishingErrors: Readonly<Record<keyof typeof publishingErrors, ErrorWording>> = {
  'publish-unauthorized': {
    cause: '{host} がアクセストークンを受け付けません。間違っているか、有効期限が切れています。',
    action: '書き込み権限のある別のトークンを入力して再開してください。送信済みの分は残っています。',
  },
  'publish-forbidden': {
    cause: 'このトークンでは {host} の {repository} に書き込めません({message})。',
    action: '書き込み権限のあるトークンを入力するか、別のリポジトリを選んで再開してください。',
  },
  'publish-name-taken': {
    cause: '{host} に {repository} はすでにあります。',
    action: '別の名前にするか、「既存のリポジトリ」を選んでファイルを追加し、再開してください。',
  },
  'publish-not-found': {
    cause: '{host} に {repository} がないか、このトークンでは見られません。',
    action: '名前を確かめるか、「新しいリポジトリ」を選んで再開してください。',
  },
  'publish-offline': {
    cause: '{host} に接続できません。',
    action: '接続を確かめて再開してください。送信済みの分は残っています。',
  },
  'publish-stalled': {
    cause: '{host} との通信が {seconds} 秒間進みませんでした。',
    action: '接続を確かめてから再開してください。送信済みのものは残っています。',
  },
  'publish-full': {
    cause: '{host} はこのアカウントからこれ以上受け取れません({message})。',
    action: '空きを作るか、もっと小さい形式を公開して、再開してください。送信済みの分は残っています。',
  },
  'publish-failed': {
    cause: '{host} の応答: {status}({message})。',
    action: '少し待って再開してください。送信済みの分は残っています。',
  },
  'publish-unprepared': {
    cause: '公開するファイルは、このブラウザーにもう残っていません。',
    action: 'もう一度準備してください。リポジトリにすでにあるファイルは送り直しません。',
  },
  'publish-stopped': {
    cause: '公開を停止しました。',
    action: 'いつでも再開できます。送信済みの分は残っています。',
  },
  'publish-elsewhere': {
    cause: '別のタブで準備または公開の途中です。',
    action: 'そのタブで続けるか、そのタブを閉じてからもう一度試してください。',
  },
  'sign-in-failed': {
    cause: '{host} へのサインインに失敗しました({message})。',
    action: 'もう一度サインインするか、アクセストークンを貼り付けてください。',
  },
};
