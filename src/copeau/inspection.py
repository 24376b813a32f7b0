"""What `copeau inspect` tells: features, and for every face its feature and role."""

from copeau.model.part import Part

HEADS = {"en": ("id", "type", "faces", "sizes (mm, degrees)"), "fr": ("id", "type", "faces", "dimensions (mm, degrés)")}
LEFT = {"en": "faces in no feature", "fr": "faces hors entité"}


def inspection(part: Part, recognition) -> dict:
    """Features and faces as plain data."""
    owner = {f: (x.id, x.roles.get(f, "")) for x in recognition.features for f in x.faces}
    return {
        "part": {"file": part.file, "name": part.name, "units": part.units, "bbox": part.bbox.tolist(), "volume_mm3": part.volume_mm3, "area_mm2": part.area_mm2,
                 "remarks": list(part.remarks)},
        "features": [
            {"id": f.id, "type": f.type, "faces": list(f.faces), "dims": {k: float(v) for k, v in f.dims.items()}, "through": f.through,
             "directions": f.directions.tolist(), "remarks": list(f.remarks)}
            for f in recognition.features
        ],
        "faces": [
            {"index": f.index, "name": f.name, "kind": f.kind, "feature": owner.get(f.index, (None, ""))[0], "role": owner.get(f.index, (None, ""))[1]}
            for f in part.faces
        ],
        "left_over": list(recognition.left_over),
    }  # fmt: skip


def table(told: dict, lang: str) -> str:
    """The same as lines of text."""
    head = HEADS[lang]
    lines = [f"{head[0]:6} {head[1]:16} {head[2]:24} {head[3]}"]
    for f in told["features"]:
        faces = " ".join(map(str, f["faces"][:8])) + (" ..." if len(f["faces"]) > 8 else "")
        dims = ", ".join(f"{k} {v:g}" for k, v in ((k, round(v, 3)) for k, v in f["dims"].items()))
        lines.append(f"{f['id']:6} {f['type']:16} {faces:24} {dims}")
    if told["left_over"]:
        lines.append(f"{LEFT[lang]}: {told['left_over']}")
    return "\n".join(lines)
