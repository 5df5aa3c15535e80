"""Writes schedule.json: learning-rate factors as transformers computes them (run from this folder)."""

import json

import torch
import transformers
from transformers import get_scheduler

cases = []
for name, schedule in [("Cosine", "cosine"), ("Linear", "linear"), ("Constant", "constant_with_warmup")]:
    for warmup, total in [(0, 7), (4, 20), (1, 5), (5, 5), (3, 60)]:
        parameter = torch.nn.Parameter(torch.zeros(1))
        optimizer = torch.optim.AdamW([parameter], lr=1.0)
        scheduler = get_scheduler(schedule, optimizer, num_warmup_steps=warmup, num_training_steps=total)
        factors = []
        for _ in range(total):
            factors.append(scheduler.get_last_lr()[0])
            optimizer.step()
            scheduler.step()
        cases.append({"schedule": name, "warmup": warmup, "total": total, "factors": factors})
with open("schedule.json", "w") as file:
    json.dump({"transformers": transformers.__version__, "cases": cases}, file)
