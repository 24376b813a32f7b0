"""Walks over the kernel's shapes: the one place that knows the explorer."""

from collections.abc import Iterator

from OCP.collections import IndexedMap_TopoDS_Shape_TopTools_ShapeMapHasher as IndexedMap
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopExp import TopExp_Explorer
from OCP.TopoDS import TopoDS

SOLID, SHELL, FACE = TopAbs_ShapeEnum.TopAbs_SOLID, TopAbs_ShapeEnum.TopAbs_SHELL, TopAbs_ShapeEnum.TopAbs_FACE
WIRE, EDGE, VERTEX = TopAbs_ShapeEnum.TopAbs_WIRE, TopAbs_ShapeEnum.TopAbs_EDGE, TopAbs_ShapeEnum.TopAbs_VERTEX
CAST = {SOLID: TopoDS.Solid, SHELL: TopoDS.Shell, FACE: TopoDS.Face, WIRE: TopoDS.Wire, EDGE: TopoDS.Edge, VERTEX: TopoDS.Vertex}


def subshapes(shape, kind) -> Iterator:
    """Subshapes of `kind` in the order of `TopExp_Explorer`, each as often as it is met."""
    cast = CAST[kind]
    explorer = TopExp_Explorer(shape, kind)
    while explorer.More():
        yield cast(explorer.Current())
        explorer.Next()


class Ranks:
    """Rank of each subshape in the order met first, found again whatever its orientation."""

    def __init__(self, shapes):
        self._map = IndexedMap()
        self._rank: list[int] = []
        for rank, shape in enumerate(shapes):
            if self._map.Add(shape) > len(self._rank):
                self._rank.append(rank)

    def of(self, shape) -> int:
        """Rank of `shape` in the walk, -1 if it was not met."""
        k = self._map.FindIndex(shape)
        return self._rank[k - 1] if k else -1
