"""Cutter radius compensation, G41 and G42: the path of the tool's centre beside a programmed contour.

The programmed motions become elements (lines and arcs) shifted by the radius. Where two meet, an outside corner is rounded by
an arc about the programmed corner, an inside corner is cut short at the point where the two shifted elements meet. So an
element is known only when its successor is: the last one, and what moves without leaving its end point, wait in a queue.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copeau.model.moves import AXES_OF_PLANE, CCW, CW, DWELL, FEED, RAPID
from copeau.nc.faults import BlockFault

if TYPE_CHECKING:
    from copeau.nc.control import Control

Point = tuple[float, float]

SMALL_TURN_RAD = 0.05
"""Directions that differ by less are one direction (LinuxCNC joins 0.03 rad plainly, rounds 0.06 rad; measured on rs274)."""
SHORTER_THAN_MM = 1e-6
"""An element may be cut short by its whole length, and by rounding a little more: a hundredth of the finest increment."""


@dataclass
class Element:
    """One programmed motion in the plane, and its shifted start and end."""

    kind: int
    end: list[float]  # programmed, six axes
    from_point: Point  # programmed
    to_point: Point
    leave: float  # direction of travel at its start, rad
    arrive: float  # direction of travel at its end, rad
    f: float
    s: float
    line: int
    turns: int = 0
    centre: Point = (0.0, 0.0)
    radius: float = 0.0  # of the shifted arc, mm
    length: float = 0.0  # line: mm, arc: rad of its sweep
    used: float = 0.0  # cut away at its start, same unit
    shifted_end: Point = (math.nan, math.nan)
    is_entry: bool = False

    @property
    def is_arc(self) -> bool:
        """G2 or G3."""
        return self.kind in (CW, CCW)


class Compensator:
    """Takes programmed motions one by one and records those of the tool's centre. `radius` mm, `side` 1 left, -1 right."""

    def __init__(self, control: Control, radius: float, side: int):
        if radius < 0.0:
            radius, side = -radius, -side
        self.radius, self.side = radius, side
        self.plane = control.state.plane
        self.p, self.q, self.n = AXES_OF_PLANE[self.plane]
        self.last: Element | None = None
        self.waiting: list[tuple[int, list[float], float, float, int]] = []  # kind, end, f, s, line: nothing moves in the plane

    def _in_plane(self, at: list[float]) -> Point:
        return at[self.p], at[self.q]

    def _beside(self, point: Point, direction: float) -> Point:
        """`point` shifted by the radius to the compensated side of `direction`."""
        normal = direction + self.side * 0.5 * math.pi
        return point[0] + self.radius * math.cos(normal), point[1] + self.radius * math.sin(normal)

    def straight(self, control: Control, end: list[float], rapid: bool, f: float) -> None:
        """G0 and G1 to the programmed `end`."""
        kind = RAPID if rapid else FEED
        s = control.state.spindle_speed()
        a, b = self._in_plane(control.state.at), self._in_plane(end)
        if a == b:
            self.aside(control, kind, end, f, s)
            return
        direction = math.atan2(b[1] - a[1], b[0] - a[0])
        element = Element(kind, list(end), a, b, direction, direction, f, s, control.line, length=math.dist(a, b))
        if self.last is None and element.length <= self.radius:
            raise BlockFault(
                f"length of cutter compensation entry move, {element.length:.4f} mm, is not greater than the tool radius "
                f"{self.radius:.4f} mm",
                "start the entry farther away",
            )
        self._append(control, element)

    def arc(self, control: Control, end: list[float], centre: list[float], clockwise: bool, turns: int, f: float) -> None:
        """G2 and G3 to the programmed `end` about `centre` (x, y, z)."""
        a, b, c = self._in_plane(control.state.at), self._in_plane(end), (centre[self.p], centre[self.q])
        programmed = math.dist(b, c)
        inside = (self.side == 1) != clockwise
        if inside and programmed <= self.radius:
            raise BlockFault(
                f"tool radius {self.radius:.4f} mm not less than arc radius {programmed:.4f} mm with cutter radius compensation",
                "use a smaller tool or a larger arc",
            )
        turn = -1.0 if clockwise else 1.0
        a0, a1 = math.atan2(a[1] - c[1], a[0] - c[0]), math.atan2(b[1] - c[1], b[0] - c[0])
        sweep = math.remainder(turn * (a1 - a0), 2.0 * math.pi)
        if sweep <= 0.0 or a == b:
            sweep += 2.0 * math.pi
        element = Element(
            CW if clockwise else CCW, list(end), a, b, a0 + turn * 0.5 * math.pi, a1 + turn * 0.5 * math.pi, f,
            control.state.spindle_speed(), control.line, turns, c, programmed + (-self.radius if inside else self.radius), sweep,
        )  # fmt: skip
        if self.last is None:
            self._arc_entry(element, control)
        self._append(control, element)

    def _arc_entry(self, element: Element, control: Control) -> None:
        """An entry by an arc: from the tool's place, about a centre on the line from the shifted end through the arc's centre."""
        start = element.from_point
        end = self._beside(element.to_point, element.arrive)
        ux, uy = element.centre[0] - end[0], element.centre[1] - end[1]
        wx, wy = start[0] - end[0], start[1] - end[1]
        along = ux * wx + uy * wy
        if abs(along) < SHORTER_THAN_MM or math.hypot(wx, wy) <= self.radius:
            raise BlockFault("length of cutter compensation entry arc is not greater than the tool radius", "enter by a straight move")
        t = (wx * wx + wy * wy) / (2.0 * along)
        element.centre = end[0] + t * ux, end[1] + t * uy
        element.radius = abs(t) * math.hypot(ux, uy)

    def aside(self, control: Control, kind: int, end: list[float], f: float, s: float) -> None:
        """A motion or dwell that stays where it is in the plane."""
        if self.last is None:
            control.record_row(kind, 17, end, None, 0, f, s, control.line)
        else:
            self.waiting.append((kind, list(end), f, s, control.line))

    def dwell(self, control: Control, seconds: float) -> None:
        """A dwell in its place in the order of motions."""
        self.aside(control, DWELL, control.state.at, seconds, control.state.spindle_speed())

    def _append(self, control: Control, element: Element) -> None:
        last = self.last
        if last is None:
            element.is_entry = True
        else:
            self._corner(control, last, element)
        self.last = element

    def _corner(self, control: Control, last: Element, new: Element) -> None:
        """Settle the end of `last` and the start of `new`."""
        corner = last.to_point
        turn = math.remainder(new.leave - last.arrive, 2.0 * math.pi)
        end_of_last = self._beside(corner, last.arrive)
        if abs(turn) < SMALL_TURN_RAD:
            self._finish(control, end_of_last)
        elif self._is_outside(last, new, turn):
            self._finish(control, end_of_last)
            self._round_corner(control, corner, new)
        else:
            meet = self._meeting_point(last, new, corner)
            new.used = _cut_after(new, meet, corner)
            self._finish(control, meet)

    def _is_outside(self, last: Element, new: Element, turn: float) -> bool:
        """Does the material lie inside the corner?

        Where the path turns back on itself the angle says nothing, and the control looks at one curvature only: that of the new
        arc (tool inside it: a fin, go round it; else a slit, stay out of it), or of the arc before a straight. Between two arcs
        the geometry would ask for both; what runs is what the control does (measured on rs274, all pairs of two radii).
        """
        if math.pi - abs(turn) >= SMALL_TURN_RAD:
            return self.side * turn < 0.0
        return self.side * _bend(new if new.is_arc else last) >= 0

    def _round_corner(self, control: Control, corner: Point, new: Element) -> None:
        begin = list(new.end)
        for axis in range(6):
            if axis not in (self.p, self.q):
                begin[axis] = control.state.at[axis]
        begin[self.p], begin[self.q] = self._beside(corner, new.leave)
        f = control.state.feed if math.isnan(new.f) else new.f
        if f == 0.0:
            raise BlockFault("cannot make arc round an outside corner with zero feed rate", "program F before")
        centre = [0.0] * 3
        centre[self.p], centre[self.q], centre[self.n] = *corner, begin[self.n]
        control.record_row(CW if self.side == 1 else CCW, self.plane, begin, centre, 0, f, new.s, new.line)

    def _meeting_point(self, last: Element, new: Element, corner: Point) -> Point:
        """Where the shifted elements meet: behind the end of `last`, past the start of `new`, nearest to the corner."""
        points = [
            m
            for m in _meetings(self._shifted(last, False), self._shifted(new, True))
            if _fits(last, last.used, _cut_before(last, m, corner)) and _fits(new, 0.0, _cut_after(new, m, corner))
        ]
        if not points:
            raise _unreachable(new)
        return min(points, key=lambda m: math.dist(m, corner))

    def _shifted(self, element: Element, at_start: bool) -> tuple[Point, float, bool]:
        """Point and direction of a shifted line, or centre and radius of a shifted arc."""
        if element.is_arc:
            return element.centre, element.radius, True
        point = element.from_point if at_start else element.to_point
        return self._beside(point, element.leave), element.leave, False

    def _finish(self, control: Control, shifted_end: Point) -> None:
        """Record `last`, ending at `shifted_end`, and all that waits behind it."""
        last = self.last
        assert last is not None
        end = list(last.end)
        end[self.p], end[self.q] = shifted_end
        if last.is_arc:
            centre = [0.0] * 3
            centre[self.p], centre[self.q], centre[self.n] = *last.centre, end[self.n]
            control.record_row(last.kind, self.plane, end, centre, last.turns, last.f, last.s, last.line)
        else:
            control.record_row(last.kind, 17, end, None, 0, last.f, last.s, last.line)
        for kind, place, f, s, line in self.waiting:
            place[self.p], place[self.q] = shifted_end
            control.record_row(kind, 17, place, None, 0, f, s, line)
        self.waiting = []

    def end(self, control: Control) -> bool:
        """G40: the last element ends square to its contour. Was there any motion with compensation?"""
        if self.last is None:
            return False
        self._finish(control, self._beside(self.last.to_point, self.last.arrive))
        return True


def _bend(element: Element) -> int:
    """1 where it curves to the left, -1 to the right, 0 for a line."""
    return {CCW: 1, CW: -1}.get(element.kind, 0)


def _unreachable(element: Element) -> BlockFault:
    what = "arc" if element.is_arc else "straight"
    return BlockFault(
        f"{what} {'traverse' if element.kind == RAPID else 'feed'} in concave corner cannot be reached by the tool without gouging",
        "use a smaller tool, or make the motions beside the corner longer than the tool needs",
    )


def _along(meet: Point, corner: Point, direction: float) -> float:
    return (meet[0] - corner[0]) * math.cos(direction) + (meet[1] - corner[1]) * math.sin(direction)


def _turned(element: Element, a: Point, b: Point) -> float:
    """Angle from `a` to `b` about the centre in the direction of travel, from a slack below 0 to a full turn, rad."""
    c = element.centre
    a0, b0 = math.atan2(a[1] - c[1], a[0] - c[0]), math.atan2(b[1] - c[1], b[0] - c[0])
    angle = (b0 - a0 if element.kind == CCW else a0 - b0) % (2.0 * math.pi)
    return angle - 2.0 * math.pi if 2.0 * math.pi - angle < _slack(element) else angle


def _cut_before(last: Element, meet: Point, corner: Point) -> float:
    """Length (line) or angle (arc) that `last` loses at its end where it ends at `meet`."""
    return _turned(last, meet, corner) if last.is_arc else -_along(meet, corner, last.arrive)


def _cut_after(new: Element, meet: Point, corner: Point) -> float:
    """Length (line) or angle (arc) that `new` loses at its start where it starts at `meet`."""
    return _turned(new, corner, meet) if new.is_arc else _along(meet, corner, new.leave)


def _slack(element: Element) -> float:
    return SHORTER_THAN_MM / max(element.radius, SHORTER_THAN_MM) if element.is_arc else SHORTER_THAN_MM


def _fits(element: Element, used: float, cut: float) -> bool:
    """Is a cut of this size possible? The entry is not cut short: it ends where the first corner wants it."""
    slack = _slack(element)
    return cut >= -slack and (element.is_entry or used + cut <= element.length + slack)


def _meetings(a: tuple[Point, float, bool], b: tuple[Point, float, bool]) -> list[Point]:
    """Where two shifted elements, taken as whole lines and circles, meet."""
    if not a[2] and not b[2]:
        return _line_line(a[0], a[1], b[0], b[1])
    if a[2] and b[2]:
        return _circle_circle(a[0], a[1], b[0], b[1])
    line, circle = (b, a) if a[2] else (a, b)
    return _line_circle(line[0], line[1], circle[0], circle[1])


def _line_line(a: Point, da: float, b: Point, db: float) -> list[Point]:
    cross = math.sin(db - da)
    if cross == 0.0:
        return []
    t = ((b[0] - a[0]) * math.sin(db) - (b[1] - a[1]) * math.cos(db)) / cross
    return [(a[0] + t * math.cos(da), a[1] + t * math.sin(da))]


def _line_circle(a: Point, direction: float, c: Point, r: float) -> list[Point]:
    ux, uy = math.cos(direction), math.sin(direction)
    along = (c[0] - a[0]) * ux + (c[1] - a[1]) * uy
    foot = (a[0] + along * ux, a[1] + along * uy)
    height = math.dist(foot, c)
    if height > r:
        return [foot] if height - r < SHORTER_THAN_MM else []
    half = math.sqrt((r - height) * (r + height))
    return [(foot[0] + half * ux, foot[1] + half * uy), (foot[0] - half * ux, foot[1] - half * uy)]


def _circle_circle(a: Point, ra: float, b: Point, rb: float) -> list[Point]:
    d = math.dist(a, b)
    if d == 0.0 or d > ra + rb + SHORTER_THAN_MM or d < abs(ra - rb) - SHORTER_THAN_MM:
        return []
    along = (d * d + ra * ra - rb * rb) / (2.0 * d)
    half = math.sqrt(max(0.0, ra * ra - along * along))
    ux, uy = (b[0] - a[0]) / d, (b[1] - a[1]) / d
    foot = (a[0] + along * ux, a[1] + along * uy)
    return [(foot[0] - half * uy, foot[1] + half * ux), (foot[0] + half * uy, foot[1] - half * ux)]
