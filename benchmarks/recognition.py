"""Face labels against the recogniser: `recognition.py DIR [--json]`.

DIR holds STEP files. A face's true class is in `NAME.labels.json` (`labels_by_face_name`, index = the number that is the face's STEP
name; `names` = the classes) or, without such a file, the face's STEP name is itself the number of its class in `CLASSES`. What our
feature types are called in those sets is decided here, never in the product.
"""

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

from copeau.features import recognise
from copeau.model.errors import CopeauError
from copeau.model.feature import Feature
from copeau.model.part import Part
from copeau.part import read_step

CLASSES = (
    "chamfer", "through_hole", "triangular_passage", "rectangular_passage", "6sides_passage", "triangular_through_slot",
    "rectangular_through_slot", "circular_through_slot", "rectangular_through_step", "2sides_through_step", "slanted_through_step",
    "o_ring", "blind_hole", "triangular_pocket", "rectangular_pocket", "6sides_pocket", "circular_end_pocket", "rectangular_blind_slot",
    "vertical_circular_end_blind_slot", "horizontal_circular_end_blind_slot", "triangular_blind_step", "circular_blind_step",
    "rectangular_blind_step", "round", "stock",
)  # fmt: skip
# The planar set's own numbering; every part has stock faces, so a number above 15 tells the longer list.
PLANAR_CLASSES = (
    "chamfer", "triangular_passage", "rectangular_passage", "6sides_passage", "triangular_through_slot", "rectangular_through_slot",
    "rectangular_through_step", "2sides_through_step", "slanted_through_step", "triangular_pocket", "rectangular_pocket", "6sides_pocket",
    "rectangular_blind_slot", "triangular_blind_step", "rectangular_blind_step", "stock",
)  # fmt: skip
POLYGONS = {3: "triangular", 4: "rectangular"}


def class_of(part: Part, feature: Feature) -> str:
    """The sets' name of a feature."""
    faces = {f.index: f for f in part.faces}
    kinds = Counter(faces[f].kind for f in feature.faces)
    concave = [faces[f] for f in feature.faces if faces[f].kind == "cylinder" and faces[f].concave]
    planes = int(feature.dims.get("planes", 0))
    if feature.type == "round_hole":
        return "through_hole" if feature.through else "blind_hole"
    if feature.type == "chamfer":
        return "chamfer"
    if feature.type == "fillet":
        return "round"
    if feature.type == "boss" or "island" in feature.roles.values():
        return "o_ring"
    if feature.type == "closed_pocket":
        return _pocket(feature, concave)
    if feature.type in ("slot", "step", "open_pocket"):
        return _open_cut(feature, kinds, concave, planes)
    return "stock"


def _pocket(feature: Feature, concave) -> str:
    if concave:
        return "circular_end_pocket"
    outline = POLYGONS.get(int(feature.dims["walls"]), "6sides")
    return f"{outline}_{'passage' if feature.through else 'pocket'}"


def _open_cut(feature: Feature, kinds, concave, planes: int) -> str:
    if concave:
        if not kinds["plane"]:
            return "circular_through_slot"
        if feature.type != "slot" and planes == 1:
            return "circular_blind_step"
        lines = {tuple(np.round(c.origin - (c.origin @ c.axis) * c.axis, 3)) for c in concave}
        return "horizontal_circular_end_blind_slot" if len(lines) > 1 else "vertical_circular_end_blind_slot"
    if feature.type == "slot":
        if planes == 2 and feature.dims.get("angle", 0.0) > 0.0:
            return "triangular_through_slot"
        return "rectangular_through_slot" if feature.through else "rectangular_blind_slot"
    return _step(feature, planes)


def _step(feature: Feature, planes: int) -> str:
    slanted = "slope" in feature.dims
    if planes >= 3:
        return "2sides_through_step" if slanted else "rectangular_blind_step"
    if not slanted:
        return "rectangular_through_step"
    return "triangular_blind_step" if feature.dims["open_sides"] <= 3 else "slanted_through_step"


def predicted(part: Part) -> dict[int, str]:
    """Class of every face."""
    out = {f.index: "stock" for f in part.faces}
    for feature in recognise(part).features:
        name = class_of(part, feature)
        for f in feature.faces:
            out[f] = "chamfer" if feature.roles.get(f) == "chamfer" else name
    return out


def truth(part: Part, step: Path) -> dict[int, str]:
    """Class of every face as labelled."""
    labels = step.with_name(step.stem + ".labels.json")
    if labels.exists():
        data = json.loads(labels.read_text())
        return {f.index: data["names"][data["labels_by_face_name"][int(f.name)]] for f in part.faces}
    numbers = {f.index: int(f.name) for f in part.faces}
    names = CLASSES if max(numbers.values()) >= len(PLANAR_CLASSES) else PLANAR_CLASSES
    return {f: names[k] for f, k in numbers.items()}


def scores(pairs: list[tuple[str, str]]) -> dict[str, float]:
    """Accuracy over faces; intersection over union and F1 averaged over the classes that are in the truth."""
    right = sum(a == b for a, b in pairs)
    ious, f1s = [], []
    for name in sorted({t for t, _ in pairs}):
        both = sum(t == name and p == name for t, p in pairs)
        true, found = sum(t == name for t, _ in pairs), sum(p == name for _, p in pairs)
        ious.append(both / (true + found - both))
        f1s.append(2 * both / (true + found))
    return {"face_accuracy": right / len(pairs), "miou": float(np.mean(ious)), "f1": float(np.mean(f1s))}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout, nothing else")
    parser.add_argument("--confusion", action="store_true", help="list what was taken for what, on stderr")
    parser.add_argument("--half", type=int, choices=(0, 1), help="only every second part, from the first or from the second")
    args = parser.parse_args()
    files = sorted(p for p in args.folder.iterdir() if p.suffix.lower() in (".step", ".stp"))
    if args.half is not None:
        files = files[args.half :: 2]
    pairs: list[tuple[str, str]] = []
    wrong: Counter = Counter()
    parts = 0
    start = time.process_time()
    for file in files:
        try:
            part = read_step(file, deflection_mm=0.02)
        except CopeauError as error:
            print(f"{file.name}: {error}", file=sys.stderr)
            continue
        true, found = truth(part, file), predicted(part)
        parts += 1
        pairs += [(true[f], found[f]) for f in sorted(true)]
        for f in sorted(true):
            if true[f] != found[f]:
                wrong[(true[f], found[f], file.stem)] += 1
    if not pairs:
        print(f"no labelled part in {args.folder}", file=sys.stderr)
        return 2
    result = scores(pairs) | {"parts": parts, "seconds": round(time.process_time() - start, 3)}
    if args.confusion:
        for (t, p, name), n in sorted(wrong.items()):
            print(f"{n:4d}  {t:36s} taken for {p:36s} {name}", file=sys.stderr)
    print(json.dumps(result) if args.json else "\n".join(f"{k:14s} {v}" for k, v in result.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
