"""Lines and arcs through a polyline."""

import numpy as np
from numpy.typing import NDArray

from copeau.kernels import inner_kernel, kernel
from copeau.model.moves import CCW, CW, FEED, Moves, empty_moves

SAME_POINT_MM = 1e-7  # points nearer than this are one point: a thousandth of the finest control increment
LARGEST_SWEEP_RAD = np.deg2rad(200.0)  # a chord across much more than half a circle places the centre badly
LARGEST_STEP_RAD = np.deg2rad(6.01)  # 60 chords a turn and more are a tessellated circle, fewer a polygon that is meant
LARGEST_SAGITTA_MM = 0.05  # chords further off their circle are straight edges that are meant
SHORTEST_ARC_CHORDS = 3  # three points lie on a circle whatever they are
SMALLEST_RADIUS_MM = 0.02  # below it the rounding of the program's centre words is a visible share of the radius


def fit(
    points: NDArray[np.float64], tolerance_mm: float | NDArray[np.float64], max_radius_mm: float = 500.0, *,
    sagitta_mm: float = LARGEST_SAGITTA_MM,
) -> Moves:  # fmt: skip
    """Fewest lines and arcs, greedily, that pass every point within the tolerance.

    Ends of lines and arcs are points of the input. An arc lies in XY; its z is constant or linear in the angle (a helix).
    Where chords of the input are steps of a tessellated circle (6 degrees and less, `sagitta_mm` and less) the arc passes
    through their ends; elsewhere it keeps within the tolerance of the chords too. A closed circle becomes two half arcs.

    Parameters
    ----------
    points : (n, 2) or (n, 3), mm. The first is where the tool is; with two columns z of the moves is NaN
    tolerance_mm : float, or (n,) for each point its own
    max_radius_mm : float, larger arcs are written as lines
    sagitta_mm : float, largest sagitta of a chord that stands for an arc; 0 keeps arcs within the tolerance of all chords

    Returns
    -------
    Moves (m,): FEED, CW and CCW rows of plane 17, feed NaN; none where all points are one
    """
    p = np.asarray(points, float)
    flat = p.shape[1] == 2
    p = np.ascontiguousarray(np.column_stack([p, np.zeros(len(p))]) if flat else p)
    tol = np.broadcast_to(np.asarray(tolerance_mm, float), len(p))
    keep = distinct(p)
    p, tol = p[keep], np.ascontiguousarray(tol[keep])
    if len(p) < 2:
        return empty_moves(0)
    end, kind, centre = balance(p, tol, *fit_kernel(p, tol, max_radius_mm, sagitta_mm), max_radius_mm, sagitta_mm)
    rows = empty_moves(len(end))
    rows["kind"] = np.where(kind == 0, FEED, np.where(kind > 0, CCW, CW))
    rows["x"], rows["y"], rows["z"] = p[end].T
    rows["i"], rows["j"] = centre.T
    rows["k"] = np.where(kind == 0, np.nan, p[end, 2])
    if flat:
        rows["z"] = rows["k"] = np.nan
    return rows


def balance(p, tol, end, kind, centre, max_radius_mm: float, sagitta_mm: float):
    """Two neighbouring arcs of one circle divided evenly, so that a closed circle is two halves."""
    first = np.concatenate([[0], end[:-1]])
    for n in range(len(end) - 1):
        same = kind[n] != 0 and kind[n] == kind[n + 1] and np.hypot(*(centre[n] - centre[n + 1])) <= min(tol[end[n]], 0.01)
        if not same:
            continue
        middle = (first[n] + end[n + 1]) // 2
        if min(middle - first[n], end[n + 1] - middle) < SHORTEST_ARC_CHORDS:
            continue
        a = arc_through(p, tol, first[n], middle, max_radius_mm, sagitta_mm)
        b = arc_through(p, tol, middle, end[n + 1], max_radius_mm, sagitta_mm)
        if a[0] == kind[n] and b[0] == kind[n]:
            end[n] = first[n + 1] = middle
            centre[n], centre[n + 1] = a[1:3], b[1:3]
    return end, kind, centre


@kernel
def distinct(p):
    """Indices of the points that differ from the one kept before; a point that repeats it is dropped."""
    keep = np.empty(len(p), np.int64)
    n = 0
    for i in range(len(p)):
        if n:
            k = keep[n - 1]
            dx, dy, dz = p[i, 0] - p[k, 0], p[i, 1] - p[k, 1], p[i, 2] - p[k, 2]
            if dx * dx + dy * dy + dz * dz <= SAME_POINT_MM * SAME_POINT_MM:
                continue
        keep[n] = i
        n += 1
    return keep[:n]


@kernel
def fit_kernel(p, tol, max_radius, most_sagitta):
    """End index (m,), kind (0 line, +1 ccw, -1 cw) and centre (m, 2) of the longest lines and arcs, one after the other."""
    n = len(p)
    end, kind, centre = np.empty(n, np.int64), np.zeros(n, np.int64), np.full((n, 2), np.nan)
    m = i = 0
    while i < n - 1:
        j = longest(p, tol, i, False, max_radius, most_sagitta)
        k = longest(p, tol, i, True, max_radius, most_sagitta) if i + SHORTEST_ARC_CHORDS < n else 0
        if k > j:
            turn, x, y = arc_through(p, tol, i, k, max_radius, most_sagitta)
            kind[m], centre[m, 0], centre[m, 1] = turn, x, y
            j = k
        end[m] = j
        m += 1
        i = j
    return end[:m], kind[:m], centre[:m]


@inner_kernel
def longest(p, tol, i, as_arc, max_radius, most_sagitta):
    """Last index that a line, or an arc, from point `i` reaches within tolerance; 0 for an arc that does not fit at all."""
    n = len(p)
    good = 0 if as_arc else i + 1
    step = SHORTEST_ARC_CHORDS if as_arc else 2
    bad = n
    while i + step < bad:
        if fits(p, tol, i, i + step, as_arc, max_radius, most_sagitta):
            good = i + step
            step *= 2
        else:
            bad = i + step
    if good == 0:
        return 0
    while bad - good > 1:
        middle = (good + bad) // 2
        if fits(p, tol, i, middle, as_arc, max_radius, most_sagitta):
            good = middle
        else:
            bad = middle
    return good


@inner_kernel
def fits(p, tol, i, j, as_arc, max_radius, most_sagitta):
    """Whether points i..j are one line, or one arc."""
    if as_arc:
        turn, _, _ = arc_through(p, tol, i, j, max_radius, most_sagitta)
        return turn != 0
    return is_line(p, tol, i, j)


@inner_kernel
def is_line(p, tol, i, j):
    """Whether the points between lie within tolerance of the chord, in order."""
    dx, dy, dz = p[j, 0] - p[i, 0], p[j, 1] - p[i, 1], p[j, 2] - p[i, 2]
    length = np.sqrt(dx * dx + dy * dy + dz * dz)
    if length <= SAME_POINT_MM:
        return False
    before = 0.0
    for k in range(i + 1, j):
        x, y, z = p[k, 0] - p[i, 0], p[k, 1] - p[i, 1], p[k, 2] - p[i, 2]
        t = (x * dx + y * dy + z * dz) / length
        off2 = x * x + y * y + z * z - t * t
        if off2 > tol[k] * tol[k] or t < before or t > length:
            return False
        before = t
    return True


@kernel
def arc_through(p, tol, i, j, max_radius, most_sagitta):
    """Turn (+1 ccw, -1 cw, 0 none) and centre of the arc from point i to point j that all points between lie on.

    With u along the chord from its middle and v to its left, a circle through both ends has its centre at (0, h) and
    u^2 + v^2 - c^2/4 = 2 h v for every point on it: h is the least-squares solution.
    """
    cx, cy = 0.5 * (p[i, 0] + p[j, 0]), 0.5 * (p[i, 1] + p[j, 1])
    ux, uy = p[j, 0] - p[i, 0], p[j, 1] - p[i, 1]
    chord = np.hypot(ux, uy)
    if chord <= 10.0 * SAME_POINT_MM:
        return 0, np.nan, np.nan
    ux, uy = ux / chord, uy / chord
    vv = vw = 0.0
    for k in range(i + 1, j):
        x, y = p[k, 0] - cx, p[k, 1] - cy
        u, v = x * ux + y * uy, y * ux - x * uy
        vv += v * v
        vw += v * (u * u + v * v - 0.25 * chord * chord)
    if vv <= 0.0:
        return 0, np.nan, np.nan
    h = 0.5 * vw / vv
    radius = np.sqrt(h * h + 0.25 * chord * chord)
    if not SMALLEST_RADIUS_MM <= radius <= max_radius:
        return 0, np.nan, np.nan
    x0, y0 = cx - uy * h, cy + ux * h
    return follows(p, tol, i, j, x0, y0, radius, most_sagitta), x0, y0


@inner_kernel
def follows(p, tol, i, j, x0, y0, radius, most_sagitta):
    """Turn of the points i..j about a centre if they run along that circle within tolerance, else 0."""
    cross = (p[i, 0] - x0) * (p[i + 1, 1] - y0) - (p[i, 1] - y0) * (p[i + 1, 0] - x0)
    turn = 1 if cross > 0.0 else -1
    sweep = 0.0
    for k in range(i, j):
        ax, ay, bx, by = p[k, 0] - x0, p[k, 1] - y0, p[k + 1, 0] - x0, p[k + 1, 1] - y0
        angle = turn * np.arctan2(ax * by - ay * bx, ax * bx + ay * by)
        sweep += angle
        if angle <= 0.0 or sweep > LARGEST_SWEEP_RAD or abs(np.hypot(bx, by) - radius) > tol[k + 1]:
            return 0
        sagitta = radius * (1.0 - np.cos(0.5 * angle))
        if sagitta > min(tol[k], tol[k + 1]) and (angle > LARGEST_STEP_RAD or sagitta > most_sagitta):
            return 0
    gone = 0.0
    for k in range(i + 1, j):
        ax, ay, bx, by = p[k - 1, 0] - x0, p[k - 1, 1] - y0, p[k, 0] - x0, p[k, 1] - y0
        gone += turn * np.arctan2(ax * by - ay * bx, ax * bx + ay * by)
        dz = p[i, 2] + (p[j, 2] - p[i, 2]) * gone / sweep - p[k, 2]
        if np.hypot(np.hypot(bx, by) - radius, dz) > tol[k]:
            return 0
    return turn
