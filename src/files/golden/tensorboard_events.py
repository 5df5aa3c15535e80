"""Writes tensorboard.events: scalars as TensorBoard's own record writer stores them (run from this folder)."""

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

scalars = [
    ("train/loss", 0, 2.5, 1700000000.25),
    ("train/loss", 1, 1.25, 1700000001.5),
    ("train/learning_rate", 300, 1e-4, 1700000002.0),
    ("検証/loss", 100000, 0.3333333333333333, 1700000003.125),
]
with open("tensorboard.events", "wb") as file:
    writer = RecordWriter(file)
    writer.write(Event(wall_time=1700000000.0, file_version="brain.Event:2").SerializeToString())
    for tag, step, value, time in scalars:
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
        writer.write(Event(wall_time=time, step=step, summary=summary).SerializeToString())
    writer.flush()
