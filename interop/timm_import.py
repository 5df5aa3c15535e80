"""`timm`, also where torchvision's compiled part does not fit the torch that is installed.

timm imports torchvision, whose files name two compiled operations at import. A torch built for CPUs alone cannot load the
compiled part of the wheel on PyPI; nothing here calls it, so that the names are enough.
"""

import importlib.util

import torch

_library = torch.library.Library("torchvision", "FRAGMENT")
_compiled = importlib.util.find_spec("torchvision")


def _loads():
    try:
        torch.ops.load_library(next(f"{path}/_C.so" for path in _compiled.submodule_search_locations))
        return True
    except (OSError, RuntimeError):
        return False


if _compiled is not None and not _loads():
    for _name in ("nms", "qnms"):
        _library.define(f"{_name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

import timm  # noqa: E402

__all__ = ["timm"]
