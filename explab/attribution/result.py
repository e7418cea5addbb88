"""`Attributions`: the maps of several methods for several faces, and where they came from."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from explab.attribution.errors import AttributionError
from explab.attribution.scaling import normalised, resized
from explab.words import near

_WORDS = ("methods", "signed", "classes", "layer", "faces", "provenance")


@dataclass(frozen=True, eq=False)
class Attributions:
    """Where predictions came from. `np.asarray(result)` and indexing give the maps; `result["gradcam"]` those of one
    method.

    Attributes:
        maps: (n_methods, B, h, w) float32, as the methods define them; `normalised()` stretches each to [0, 1].
        methods: name of each method.
        signed: of each method, whether its maps are negative where the face speaks against the target.
        targets: (B,) int64, number of the class that each face's maps explain.
        classes: names of the model's classes.
        layer: the layer that class activation maps were read at.
        faces: name of each face's picture.
        provenance: versions, model, and the options of every method.
    """

    maps: NDArray[np.float32]
    methods: tuple[str, ...]
    signed: tuple[bool, ...]
    targets: NDArray[np.int64]
    classes: tuple[str, ...]
    layer: str
    faces: tuple[str, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """(n_methods, B, h, w)."""
        return self.maps.shape

    @property
    def ndim(self) -> int:
        """4."""
        return self.maps.ndim

    @property
    def dtype(self) -> np.dtype[np.float32]:
        """float32."""
        return self.maps.dtype

    @property
    def target_names(self) -> tuple[str, ...]:
        """Name of the class that each face's maps explain."""
        return tuple(self.classes[number] for number in self.targets)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.maps, dtype=dtype) if copy else np.asarray(self.maps, dtype=dtype)

    def __len__(self) -> int:
        return len(self.maps)

    def __getitem__(self, key: Any) -> NDArray[np.float32]:
        """(B, h, w) maps of a method by its name; anything else indexes `maps`. Raises KeyError."""
        if isinstance(key, str):
            if key not in self.methods:
                raise KeyError(
                    f"no maps of {key!r}; there are {', '.join(self.methods)}{near(key, self.methods)}"
                )
            key = self.methods.index(key)
        maps: NDArray[np.float32] = self.maps[key]
        return maps

    def at(self, size: tuple[int, int]) -> Attributions:
        """The same with maps of another (height, width), such as that of a picture they are laid over; bilinear."""
        return replace(self, maps=resized(self.maps, size))

    def normalised(self) -> Attributions:
        """The same with every map stretched to [0, 1] by its minimum and maximum."""
        return replace(self, maps=normalised(self.maps))

    def save(self, path: str | Path) -> Path:
        """Write maps, targets and everything else into one .npz file, words as JSON, without pickle; its path."""
        path = Path(path)
        if path.suffix != ".npz":
            path = path.with_name(path.name + ".npz")
        words = json.dumps({name: getattr(self, name) for name in _WORDS})
        np.savez_compressed(path, maps=self.maps, targets=self.targets, words=np.array(words))
        return path

    @classmethod
    def load(cls, path: str | Path) -> Attributions:
        """Read what `save` wrote. Raises AttributionError for any other file, FileNotFoundError for none."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                words = json.loads(str(stored["words"]))
                maps, targets = stored["maps"], stored["targets"]
            tuples = {name: tuple(words[name]) for name in ("methods", "signed", "classes", "faces")}
            return cls(
                maps=maps, targets=targets, layer=words["layer"], provenance=words["provenance"], **tuples
            )
        except (ValueError, KeyError, TypeError, AttributeError, EOFError, BadZipFile, zlib.error) as error:
            raise AttributionError(f"{path}: not written by Attributions.save ({error})") from error

    def __repr__(self) -> str:
        _, faces, height, width = self.shape
        return (
            f"<Attributions {', '.join(self.methods)}: {faces} faces, {height}x{width}, "
            f"layer {self.layer!r}, of {', '.join(dict.fromkeys(self.target_names))}>"
        )
