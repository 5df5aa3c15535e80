"""Run in the folder of a project for a cluster, by two processes: its weights and moments over FSDP2's shards.

    python -m torch.distributed.run --nproc_per_node 2 sharded_handover.py BASE

accelerate has no FSDP on CPUs, so PyTorch's own `fully_shard` does what accelerate would do on GPUs.
"""

import os
import sys

import torch
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor

sys.path.insert(0, os.getcwd())
import train  # noqa: E402

torch.distributed.init_process_group("gloo")
model = train.open_model(sys.argv[1])
fully_shard(model, mesh=init_device_mesh("cpu", (2,)))
parameters = list(train.trained(model).values())
assert all(isinstance(parameter, DTensor) for parameter in parameters)
optimizer = torch.optim.AdamW(parameters, lr=0.01)
train.load_moments(model, optimizer)
train.Handover.require_start(train.tensors_of_run(model, optimizer))
optimizer.state[parameters[0]]["exp_avg"].mul_(2)
try:
    train.Handover.require_start(train.tensors_of_run(model, optimizer))
except SystemExit:
    print("the same over shards, and a changed moment is seen")
