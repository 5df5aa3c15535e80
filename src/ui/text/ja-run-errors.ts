import type { ErrorWording } from '../../errors.ts';
import type { runErrors } from '../../errors-of-runs.ts';

/** src/errors-of-runs.ts のエラーの日本語。 */
export const jaRunErrors: Readonly<Record<keyof typeof runErrors, ErrorWording>> = {
  'nothing-trained': {
    cause: '何も学習されません。パラメーターが選択されていません。',
    action: '学習するレイヤーを選ぶか、LoRA を付けてください(tuning.train_parameters、tuning.lora_target_modules)。',
  },
  'nothing-quantised': {
    cause: '重みを {weights} にできません。どの行列も学習され、学習されるものはそのままの精度で持つためです。',
    action: 'LoRA で学習するか、凍結したレイヤーを残すか、重みを公開時のままにしてください。',
  },
  'nothing-matched': {
    cause: '「{pattern}」に一致するパラメーターが、このモデルにはありません。',
    action: '一覧にある名前の一部を使ってください。',
  },
  'all-excluded': {
    cause: '「{pattern}」に一致するモジュールは、exclude_modules か modules_to_save によってすべて除かれています。',
    action: 'exclude_modules か modules_to_save を減らすか、ほかのモジュールにアダプターを付けてください。',
  },
  'nothing-excluded': {
    cause: 'exclude_modules の「{pattern}」は何も除きません。重みを持つモジュールに、その名前のものがありません。',
    action:
      'モジュールのパス全体か、ドットより後ろの末尾の名前、またはパス全体に対する正規表現に直すか、空にしてください。',
  },
  'pattern-unsaid': {
    cause: 'パターン {pattern} は Python だけの書き方({syntax})を使っています。',
    action:
      'モジュール名の一覧に書き換えてください(adapter_config.json では target_modules、設定ファイルでは tuning.lora_target_modules)。',
  },
  'run-config-strange-key': {
    cause: '設定ファイルに知らないキー {key} があります。',
    action: 'キーを消してください。使えるキーと、ほかに読めるプログラムの設定は docs/run-config.md にあります。',
  },
  'run-config-unknown-key': {
    cause: '設定ファイルに知らないキー {key} があります。',
    action: '{nearest} のことでしょうか。キーを消すか、名前を直してください。',
  },
  'run-config-invalid': {
    cause: '設定ファイルの {key} の値が正しくありません({reason})。',
    action: '値を直してください。使える値は docs/run-config.md にあります。',
  },
  'blind-other-base': {
    cause: '2 つの学習のベースモデルが異なります。',
    action: '同じベースモデルの学習を選んでください。',
  },
  'benchmark-none': {
    cause: 'YAML のタスクがありません。',
    action: 'タスク(.yaml)とデータ(.jsonl)を一緒に選んでください。',
  },
  'benchmark-invalid': {
    cause: 'ベンチマーク {file} を実行できません({reason})。',
    action: 'ファイルを直して、もう一度選んでください。',
  },
  'settings-unreadable': {
    cause: '{file} を設定として読めません({reason})。',
    action: 'その箇所を直すか、設定を保存し直してください。',
  },
  'settings-of-another': {
    cause: '{file} は {program} の設定で、ここでは引き継げません。',
    action: '必要な値を画面か設定ファイルに書いてください。キーの一覧は docs/run-config.md にあります。',
  },
  'not-settings': {
    cause: '{file} は {what} で、学習の設定ではありません。',
    action:
      '設定ファイル(run.json)を選んでください。モデルは model.llm_backbone、続きから学習するアダプターは tuning.init_from で指定します。',
  },
  'setting-unsupported': {
    cause: '{key} = {value} は、この版では使えません。',
    action: '次のいずれかを選んでください: {supported}。',
  },
  'adapter-invalid': {
    cause: 'アダプターを読み込めません({reason})。',
    action: 'このモデルのために作られたアダプターを選んでください。',
  },
  'adapter-otherwise': {
    cause: 'この設定ファイルでは、アダプターの続きを学習することになりません({reason})。',
    action:
      'adapter_config.json の値を tuning に書いてください(r は lora_r、target_modules は lora_target_modules、ほかは同じ名前)。モデルのステップでアダプターを選べば、自動で引き継がれます。',
  },
  'adapter-not-continued': {
    cause: 'このアダプターの続きは学習できません({reason})。',
    action: '{instead}',
  },
  'adapter-unsupported': {
    cause: 'アダプターが使っている {what} には対応していません。',
    action:
      'マージできる手法であれば、PEFT でベースモデルにマージして保存し(merge_and_unload、save_pretrained)、そのフォルダーをモデルとして開いてください。',
  },
  'adapter-without-projection': {
    cause: 'アダプターは射影行列なしで保存されています(save_projection=False)。ファイルに {tensor} がありません。',
    action:
      '射影行列を作り直せる PEFT でベースモデルにマージして保存し(merge_and_unload、save_pretrained)、そのフォルダーをモデルとして開いてください。または、save_projection=True で学習し直してください。',
  },
  'adapter-vocabulary': {
    cause:
      'アダプターの語彙は {found} トークンですが、モデルは {expected} トークンです({tensor})。語彙の大きさが変えられています。',
    action:
      '学習時と同じくモデルの語彙を変え(transformers の resize_token_embeddings({found}))、アダプターのトークナイザーと一緒に保存したフォルダーを開いてください。',
  },
  'adapter-changes-base': {
    cause: 'アダプターは init_lora_weights "{init}" で学習されていて、ベースの重みも変えられています({reason})。',
    action:
      'PEFT の save_pretrained に path_initial_model_for_weight_conversion(学習前のアダプター)を渡し、通常の LoRA として保存し直してください。',
  },
  'cannot-merge': {
    cause: '手法「{method}」は重みの変更ではないため、マージできません。',
    action: 'アダプターをそのままの形({instead})で保存し、モデルと並べて読み込んでください。',
  },
  'export-unfit': {
    cause: '{method} で学習したものは、{target} の形では書き出せません。',
    action: '代わりに {instead} を選んでください。',
  },
  'lora-already': {
    cause: '学習したものは、すでに LoRA です。',
    action: 'そのままの形({instead})を選んでください。',
  },
  'target-unfit': {
    cause: '学習したものは {target} の形では書けません({reason})。',
    action: '代わりに {instead} を選んでください。',
  },
  'export-needs-run': {
    cause: 'これは学習のフォルダーから書き出すものですが、重みだけが与えられています。',
    action: '学習のフォルダーを指定してください(--run DIR)。',
  },
  'cluster-unfit': {
    cause: 'この学習は、そのままではクラスターで続けられません({reason})。',
    action: '{instead}',
  },
  'gguf-unfit': {
    cause: 'このモデルは、そのままでは llama.cpp で使えません({reason})。',
    action: '代わりに {instead} を選んでください。',
  },
  'gguf-lora-unfit': {
    cause: '学習したものは、GGUF の LoRA アダプターには書けません({reason})。',
    action: '代わりに {instead} を選んでください。',
  },
  'gguf-overflow': {
    cause: 'モデルをこのデータ型では書けません({reason})。',
    action: 'より大きな数を表せる BF16 を選んでください。',
  },
  'gguf-invalid': {
    cause: '{file} を GGUF として読めません({reason})。',
    action: 'もう一度書き出すか、ダウンロードし直してください。',
  },
  'gguf-form': {
    cause: '{file} は、ここで読めない形式の GGUF です({reason})。',
    action: '同じモデルの別のファイルを選んでください。F32、F16、BF16、Q8_0、Q4_0、Q4_K_M、Q6_K が開けます。',
  },
  'gguf-unread': {
    cause: '{file} は、ここで計算できないモデルの GGUF です({reason})。',
    action: '変換する前の safetensors を試すか、別のモデルを選んでください。',
  },
  'template-unsaid': {
    cause: 'この学習のプロンプト形式は、Ollama のテンプレートでは書けません({reason})。',
    action: '代わりに {instead} を選び、プロンプトの形はお使いのプログラムで整えてください。',
  },
  'loss-not-finite': {
    cause: 'ステップ {step} で損失が {value} になりました。',
    action: '学習率を下げるか、gradient_clip を 1 にしてください。最後の正常なチェックポイントは残っています。',
  },
  'scores-not-finite': {
    cause: '次のトークンに対するモデルの出力が数値ではありません(NaN)。',
    action: '重みが壊れているか、大きすぎます。ダウンロードし直すか、学習率を下げて学習してください。',
  },
  'webgpu-unavailable': {
    cause: 'このブラウザーでは WebGPU が使えません({reason})。',
    action:
      '新しい Chrome か Edge(Windows と Apple シリコンの Mac では Firefox も)を使うか、executor を "tfjs-wasm" にして CPU で学習してください(遅くなります)。',
  },
  'gpu-out-of-memory': {
    cause: 'GPU に、あと {bytes} バイトを置く場所がありません。',
    action: 'batch_size か max_length を下げるか、学習するレイヤーを減らしてください。',
  },
  'gpu-limit': {
    cause: '{what} が {needed} 必要ですが、この GPU の上限は {limit} です。',
    action: 'batch_size か max_length を下げるか、もっと小さいモデルを使ってください。',
  },
  'gpu-validation': {
    cause: 'GPU が命令を受け付けませんでした({reason})。',
    action: 'Atelier の不具合です。詳細を添えて知らせてください。',
  },
  'device-lost': {
    cause: 'GPU がリセットされました(多くはメモリー不足かドライバーが原因です): {reason}。',
    action:
      '学習を再開してください。チェックポイントがあれば、そこから続きます。また起きるときは、batch_size を小さくして新しく始めてください。',
  },
  'device-lost-again': {
    cause: 'GPU が続けて {times} 回リセットされました(多くはメモリー不足かドライバーが原因です): {reason}。',
    action: 'batch_size か max_length を小さくして、新しく学習を始めてください。',
  },
  'memory-too-small': {
    cause: 'このモデルは {executor} で {needed} バイト必要ですが、上限は {limit} バイトです。',
    action: 'WebGPU を使うか、もっと小さいモデルを選んでください。',
  },
  'checkpoint-invalid': {
    cause: '保存された学習を使えません({reason})。',
    action:
      '欠けのない学習を、始めたときと同じデータと設定で使ってください。もうない場合は、新しく学習を始めてください。',
  },
  'merge-differs': {
    cause:
      '書き出したものの出力が、ベースモデルとアダプターを合わせた出力と違います(ロジットの誤差 {error}、許容 {limit})。',
    action: '代わりに、学習したものをそのままの形({instead})で保存してください。',
  },
  'merge-forgets': {
    cause: '書き出したものが持つ学習による変化は、100% ではなく {held} です。数値の型で丸められた可能性があります。',
    action: '学習したものをそのままの形({instead})で保存するか、より桁数の多い型を選んでください。',
  },
  'run-model-missing': {
    cause: 'この学習はフォルダーのモデル「{model}」で行われましたが、そのモデルが開いていません。',
    action: 'モデルのステップでそのフォルダーを開いてから、学習に戻ってください。',
  },
  'run-base-changed': {
    cause:
      'この学習は「{model}」の別のファイルで行われました。{file} がその後変わっていて、学習した重みは他のベースモデルには合いません。',
    action: '元のファイルのモデルを開くか、今のファイルで新しく学習を始めてください。',
  },
  'run-base-moved': {
    cause: 'この学習は {model} のコミット {commit} で行われましたが、ここの {file} はそれと違います。',
    action: 'コミット {commit} をリビジョンに指定して開くか、今のもので新しく学習を始めてください。',
  },
  'run-going-on': {
    cause: 'このデバイスでは別の学習が進んでいます。',
    action: '終わるまで待つか、先に停止してください。停止した学習はあとで再開できます。',
  },
  'run-executor-other': {
    cause: 'この学習は {before} で進められましたが、今ここでは {now} しか使えません。',
    action: 'ブラウザーを再起動して {before} に戻すか、もう一度「再開」を押して {now} で続けてください。',
  },
  'run-elsewhere': {
    cause: 'この学習は、別のタブで進んでいます。',
    action: 'そのタブを使ってください。そこで学習が終わるかタブを閉じれば、ここで操作できます。',
  },
  'run-taken': {
    cause: '別のプロセス({process})が {folder} に書き込んでいます。',
    action: '終わるまで待つか、--out で別のフォルダーを指定してください。',
  },
  'examples-unoffered': {
    cause:
      'この学習では、行ごとの損失を出せません。回答の組、評価付きの回答、ベクトル、数値、複数ラベル、画像は、いくつかをまとめて学習するか、尤度とは別の損失で学習するためです。',
    action: '代わりに、回答の表で検証用の行をご覧ください。',
  },
  'example-missing': {
    cause: 'この学習には番号 {row} の行がありません。使われなかったか、ファイルにその行がありません。',
    action: '行の一覧にある番号を指定してください(studio examples RUN --out FILE.csv)。',
  },
  'run-missing': {
    cause: '学習 {run} は、ここにはありません。',
    action: '削除されたか、別のブラウザーかフォルダーにあります。学習履歴から選んでください。',
  },
  'sweep-invalid': {
    cause: 'スイープの {key} が正しくありません: {reason}。',
    action: '直してください。書き方は docs/sweeps.md にあります。',
  },
  'sweep-too-large': {
    cause: 'このスイープでは学習が {count} 回になります。最大は {most} 回です。',
    action: '設定ごとの値を減らすか、組み合わせの一部をランダムに選んでください(search: random)。',
  },
  'sweep-unfit': {
    cause: 'スイープの {run} 回目の学習には GPU メモリーが {bytes} バイト必要ですが、使えるのは {budget} バイトです。',
    action: 'batch_size や max_length などの試す値を小さくしてください。',
  },
  'sweep-changed': {
    cause: '{folder} のスイープは、今の {file} とは違う設定で始められています。',
    action: 'ファイルを元に戻すか、別のフォルダー(--out)で新しく始めてください。',
  },
  'sweep-missing': {
    cause: '{folder} にスイープはありません。',
    action: '--resume なしで始めるか、スイープのあるフォルダーを --out で指定してください。',
  },
  'shared-run-invalid': {
    cause: '共有された学習を読み取れません({reason})。',
    action: 'リンク全体をコピーし直すか、ファイルで受け取ってください。ここの設定は何も変わっていません。',
  },
  'shared-run-newer': {
    cause: '共有された学習の形式(バージョン {version})を、このページは読めません。',
    action:
      'ページを再読み込みして最新版にしてから、もう一度リンクを開いてください。ここの設定は何も変わっていません。',
  },
  'shared-run-long': {
    cause: 'この学習の設定は、{limit} 文字のリンクに収まりません。',
    action: 'ファイルで共有してください。',
  },
  'host-refused': {
    cause: 'このページは {host} への接続を許可されていません。',
    action: 'ページを公開する側の設定で許可できます。docs/serving.md を見てください。',
  },
  'judge-failed': {
    cause: '評価モデル({endpoint})から点数を得られませんでした({reason})。',
    action: 'アドレス、モデル名、キーと、このページからの接続が許可されているかを確認してください。',
  },
  'make-unfit': {
    cause: 'データを作れません({reason})。',
    action: 'その点か、表の列とタスクを変えてください。必要なものは docs/made-rows.md にあります。',
  },
  'server-failed': {
    cause: 'サーバー({endpoint})から文章を得られませんでした({reason})。',
    action: 'アドレス、モデル名、キーと、このページからの接続が許可されているかを確認してください。',
  },
  'prompt-too-long': {
    cause: '会話が {tokens} トークンあり、モデルに入るのは {limit} トークンまでです。',
    action: '新しい会話を始めるか、文を短くしてください。',
  },
  usage: { cause: '{reason}', action: '使い方は --help で見られます。' },
  'code-missing': {
    cause: 'このページの一部を読み込めませんでした。',
    action: '接続を確かめて、もう一度試してください。開いたものはそのまま残っています。',
  },
  internal: {
    cause: 'Atelier の内部で問題が起きました({reason})。',
    action: '詳細を添えて知らせてください。開いたものはそのまま残っています。',
  },
};
