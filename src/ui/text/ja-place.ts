import type { placeEn } from './en-place.ts';

/** 戻ってきたときの言葉(中断した学習、前回の設定、別のタブ、保存)。 */
export const placeJa: typeof placeEn = {
  place: {
    interrupted: (name) => `「${name}」の学習が中断されました`,
    savedAt: (step, total) => `${total} ステップ中 ${step} まで保存されています。そこから正確に再開できます。`,
    unsaved: '最初のチェックポイントの前だったため、ステップ 0 から始めます。',
    resets: (times) => `GPU が ${times} 回リセットされましたが、最後のチェックポイントから学習を続けています。`,
    smaller: (setting, value) => `${setting} ${value} で新しく始める`,
    resume: '再開',
    view: '開く',
    later: '今はしない',
    restoring: (names) => `前回の設定を復元中: ${names}…`,
    restored: (names) => `前回の設定を復元しました: ${names}。`,
    takenFrom: (run, names) => `「${run}」から読み込みました: ${names}。`,
    settings: '設定',
    startOver: '最初から始める',
    close: 'OK',
    missing: {
      model: (name) => `モデル「${name}」が読み込まれていません。`,
      table: (name) => `データ「${name}」が読み込まれていません。`,
      validation: (name) => `検証データ「${name}」が読み込まれていません。`,
      adapter: (name) => `アダプター「${name}」が読み込まれていません。`,
    },
    missingUnnamed: {
      model: 'この学習のモデルが読み込まれていません。',
      table: 'この学習のデータが読み込まれていません。',
      validation: 'この学習の検証データが読み込まれていません。',
      adapter: 'この学習のアダプターが読み込まれていません。',
    },
    chooseUnnamedFolder: 'フォルダーを選ぶ',
    chooseUnnamedFile: 'ファイルを選ぶ',
    openFolder: 'フォルダーをもう一度開く',
    download: 'ダウンロード',
    chooseFolder: (name) => `フォルダー「${name}」を選ぶ`,
    chooseFile: (name) => `「${name}」を選ぶ`,
    gone: '学習が見つかりません',
    goneWhy: (id) => `学習 ${id} はこのブラウザーにありません。削除されたか、別のブラウザーかフォルダーにあります。`,
    newRun: '新しい学習',
    allRuns: '学習履歴を見る',
    nextRun: '次の学習を設定する',
    backToRun: '進行中の学習に戻る',
    elsewhere: '別のタブで学習中',
    elsewhereWhy:
      '一時停止、停止、名前の変更はそのタブで行ってください。学習が終わるかタブを閉じれば、ここで再開できます。',
    conditions: {
      battery: (charge) =>
        `バッテリーで動作中です(残り ${charge})。学習は電力を多く使います。電源につなぐか、一時停止してください。10% で自動的に一時停止します。`,
      batteryPaused: (charge) =>
        `バッテリー残量が ${charge} のため、学習を一時停止して保存しました。電源につないでから再開してください。`,
      away: (time, steps) =>
        `このタブは ${time} の間バックグラウンドにあり、その間に ${steps} ステップ進みました。ブラウザーは見えないタブを遅くします。表示したままにすると最大の速度で学習します。`,
    },
    nothingKept: {
      title: 'ページを閉じると何も保存されません',
      why: 'プライベートウィンドウか、安全でないアドレス(https 以外)のため、ブラウザーの保存領域を使えません。モデルも学習もメモリーにだけあります。必要なものはダウンロードしてください。',
    },
    persistAhead:
      '学習はこのブラウザーに保存されます。最初の保存のとき、ディスクの空きが減っても消さないようブラウザーに求めます。',
    persisted: 'ブラウザーが自動で消すことはありません。',
    notPersisted: 'ディスクの空きが減ると、ブラウザーが消すことがあります。残したい学習はエクスポートしてください。',
  },
  runList: {
    name: '学習',
    state: '状態',
    method: '手法',
    rate: '学習率',
    rows: '件数',
    steps: '進捗',
    evalLoss: '検証損失',
    score: 'スコア',
    created: '日時',
    filter: '学習を絞り込む',
    none: '一致する学習がありません。',
    more: (more, all) => `さらに ${more} 件を表示(全 ${all} 件)`,
    sortBy: (column) => `${column}で並べ替える`,
    count: (n) => `${n} 件`,
    trainOn: '続きから学習する',
    reuse: '同じ設定で新しい学習',
  },
};
