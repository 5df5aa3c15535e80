/** スイープを始められない理由の日本語(ja-reasons.ts の一部)。 */
export const jaSweepReasons: Readonly<Record<string, string>> = {
  '{0} {1}': '{0} は使えません({1})',
  '{0} comes before the first evaluation of some run, after update {1} (training.evaluation_epochs)':
    '{0} は、ある学習の最初の評価(更新 {1} 回の後)より前です(training.evaluation_epochs)',
  'a grid makes every combination: leave it out': 'グリッドではすべての組み合わせを試すため、書かないでください',
  'a logarithmic range begins above 0': '対数の範囲は 0 より大きい値から始めてください',
  'a random search draws from the range: leave it out': 'ランダム探索では範囲から選ぶため、書かないでください',
  'each must be above the one before': '前の値より大きくしてください',
  'every run of a sweep has the same': 'スイープのすべての学習で同じになる設定です',
  'from must be a number below to': 'from は to より小さい数にしてください',
  'it is not known; the nearest is {0}': '知られていない名前です。最も近いのは {0} です',
  'it is not known': '知られていない名前です',
  'it names no setting': '試す設定がありません',
  'must be a list of updates': '更新回数のリストで書いてください',
  'must be a list of values, or a range with from and to': '値のリストか、from と to のある範囲で書いてください',
  'must be a number above 0 and below 1': '0 より大きく 1 より小さい数で書いてください',
  'no run goes on after {0}: the longest has {1} updates': '更新 {0} 回の後まで続く学習がありません。最長で {1} 回です',
  'one value stands there twice': '同じ値が二度あります',
  'only numbers have a range: list its values': '範囲は数の設定だけに使えます。値を並べてください',
  'runs go on from a checkpoint, and training.save_checkpoint is disable':
    '学習はチェックポイントから続けますが、training.save_checkpoint が disable です',
  'the runs have no metric of their own (prediction.metric); take validation_loss':
    'この学習には独自の指標がありません(prediction.metric)。validation_loss にしてください',
  'the runs keep no validation rows (dataset.validation_strategy)':
    'この学習には検証用の行がありません(dataset.validation_strategy)',
  'there are only {0} different runs': '異なる組み合わせは {0} 通りしかありません',
  'there is "run" already: leave one of them out': 'run がすでにあります。どちらか一つだけにしてください',
};
