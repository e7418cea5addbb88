"""Maps stretched to [0, 1]: the one min-max, for arrays and tensors alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor


@overload
def min_max(maps: NDArray[Any]) -> NDArray[Any]: ...


@overload
def min_max(maps: Tensor) -> Tensor: ...


def min_max(maps: Any) -> Any:
    """(..., h, w) floats -> the same, each map stretched to [0, 1] by its own minimum and maximum, in its precision.

    A constant map becomes 0, whatever its value: it points nowhere. How strong a map was, and of signed maps where 0
    was, is lost. A map that holds NaN becomes NaN.

    Args:
        maps: a numpy array or a torch tensor of floats; the result is of the same kind, on the same device.
    """
    if hasattr(maps, "amin"):  # a tensor: torch need not be loaded to stretch an array
        low, high = maps.amin((-2, -1), keepdim=True), maps.amax((-2, -1), keepdim=True)
    else:
        low, high = maps.min((-2, -1), keepdims=True), maps.max((-2, -1), keepdims=True)
    return (maps - low) / ((high - low) + (high == low))
