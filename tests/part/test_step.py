import numpy as np
import pytest
from OCP.BRep import BRep_Builder
from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox
from OCP.Interface import Interface_Static
from OCP.STEPControl import STEPControl_Reader
from OCP.TopoDS import TopoDS_Compound

from copeau.model.errors import CopeauError
from copeau.part import read_step, write_step
from copeau.part.walk import FACE, SHELL, SOLID, subshapes
from tests.part.shapes import box, cut, cylinder, turned

VOLUME_SHARE = 1e-9  # of the volume: rounding of the kernel's integration


def compound(*shapes):
    out, builder = TopoDS_Compound(), BRep_Builder()
    builder.MakeCompound(out)
    for shape in shapes:
        builder.Add(out, shape)
    return out


def saved(tmp_path, shape, name="part.step"):
    write_step(shape, tmp_path / name)
    return tmp_path / name


def test_a_drilled_box_has_its_volume_faces_and_kinds(tmp_path):
    part = read_step(saved(tmp_path, cut(box(0, 0, 0, 40, 30, 20), cylinder(10, 15, -1, 8, 22))))
    assert part.volume_mm3 == pytest.approx(40 * 30 * 20 - np.pi * 16 * 20, rel=VOLUME_SHARE)
    assert [f.index for f in part.faces] == list(range(7))
    assert sorted(f.kind for f in part.faces) == ["cylinder"] + ["plane"] * 6
    wall = next(f for f in part.faces if f.kind == "cylinder")
    assert wall.concave is True and wall.radius_mm == pytest.approx(4.0) and wall.smallest_concave_radius_mm == pytest.approx(4.0)
    assert part.bbox == pytest.approx(np.array([[0, 0, 0], [40, 30, 20]]), abs=1e-6)
    assert part.units == "mm" and part.remarks == ()


def test_plane_normals_look_outwards(tmp_path):
    part = read_step(saved(tmp_path, box(0, 0, 0, 40, 30, 20)))
    middle = np.array([20.0, 15.0, 10.0])
    assert all((f.bbox.mean(0) - middle) @ f.axis > 0 for f in part.faces)


def test_inches_become_millimetres(tmp_path):
    Interface_Static.SetCVal_s("write.step.unit", "INCH")
    try:
        path = saved(tmp_path, box(0, 0, 0, 25.4, 50.8, 25.4))
    finally:
        Interface_Static.SetCVal_s("write.step.unit", "MM")
    part = read_step(path)
    assert part.units == "inch"
    assert part.bbox[1] == pytest.approx([25.4, 50.8, 25.4], abs=1e-6)


def test_two_solids_without_a_choice_are_listed(tmp_path):
    path = saved(tmp_path, compound(box(0, 0, 0, 1, 2, 3), box(10, 0, 0, 14, 5, 6)))
    with pytest.raises(CopeauError, match="2 solids") as error:
        read_step(path)
    assert "--solid" in error.value.mend


def test_a_solid_of_an_assembly_keeps_the_numbers_of_the_whole_file(tmp_path):
    path = saved(tmp_path, compound(box(0, 0, 0, 1, 2, 3), cylinder(10, 0, 0, 8, 6)))
    part = read_step(path, solid="2")
    assert [f.index for f in part.faces] == [6, 7, 8]
    assert set(part.mesh.face) == {6, 7, 8}


def test_an_unknown_solid_is_refused_with_the_list(tmp_path):
    path = saved(tmp_path, compound(box(0, 0, 0, 1, 2, 3), box(10, 0, 0, 14, 5, 6)))
    with pytest.raises(CopeauError, match="no solid is named or numbered '7'"):
        read_step(path, solid="7")


def test_numbers_are_those_of_the_walk_over_the_transferred_shape(tmp_path):
    path = saved(tmp_path, cut(box(0, 0, 0, 40, 30, 20), cylinder(10, 15, -1, 8, 22), box(25, -1, 10, 30, 31, 21)))
    reader = STEPControl_Reader()
    reader.ReadFile(str(path))
    reader.TransferRoots()
    from OCP.BRepGProp import BRepGProp
    from OCP.GProp import GProp_GProps

    areas = []
    for face in subshapes(reader.OneShape(), FACE):
        props = GProp_GProps()
        BRepGProp.SurfaceProperties_s(face, props)
        areas.append(props.Mass())
    assert [f.area_mm2 for f in read_step(path).faces] == pytest.approx(areas)


def test_an_inside_out_solid_is_turned_and_says_so(tmp_path):
    part = read_step(saved(tmp_path, box(0, 0, 0, 10, 10, 10).Reversed()))
    assert part.volume_mm3 == pytest.approx(1000.0, rel=VOLUME_SHARE)
    assert all((f.bbox.mean(0) - 5.0) @ f.axis > 0 for f in part.faces)


def test_a_closed_shell_becomes_a_solid_and_says_so(tmp_path):
    shell = next(subshapes(box(0, 0, 0, 10, 10, 10), SHELL))
    part = read_step(saved(tmp_path, compound(*subshapes(shell, FACE))))
    assert part.volume_mm3 == pytest.approx(1000.0, rel=VOLUME_SHARE)
    assert "sewn" in part.remarks[0]
    assert [f.index for f in part.faces] == list(range(6))


def test_open_surfaces_are_refused(tmp_path):
    faces = list(subshapes(box(0, 0, 0, 10, 10, 10), FACE))[:5]
    with pytest.raises(CopeauError, match="4 open edges"):
        read_step(saved(tmp_path, compound(*faces)))


@pytest.mark.parametrize("text, said", [
    (b"", "is empty"), (b"   \n", "is empty"), (b"solid cube\nendsolid", "not a STEP file"),
    (b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\n#1=CARTESIAN_POINT('',(0.,0.,0.));\n", "cut short"),
    (b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\n#1=CARTESIAN_POINT('',(0.,0.,0.));\nENDSEC;\nEND-ISO-10303-21;\n", ""),
    (b"ISO-10303-21;\nDATA;((((;;;\n#1=;#2=X(#2);ENDSEC;\nEND-ISO-10303-21;\n", ""),
])  # fmt: skip
def test_bad_files_are_refused_in_words(tmp_path, text, said):
    (tmp_path / "bad.step").write_bytes(text)
    with pytest.raises(CopeauError) as error:
        read_step(tmp_path / "bad.step")
    assert said in error.value.what and error.value.where and error.value.mend


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(CopeauError, match="no such file"):
        read_step(tmp_path / "nowhere.step")


def test_a_file_cut_anywhere_is_refused_or_read_never_a_traceback(tmp_path):
    whole = saved(tmp_path, box(0, 0, 0, 10, 10, 10)).read_bytes()
    for share in (0.2, 0.5, 0.8):
        short = tmp_path / "short.step"
        short.write_bytes(whole[: int(share * len(whole))] + b"\nENDSEC;\nEND-ISO-10303-21;\n")
        with pytest.raises(CopeauError):
            read_step(short)


def test_a_reference_to_nowhere_is_refused_with_its_record(tmp_path):
    path = saved(tmp_path, box(0, 0, 0, 10, 10, 10))
    lines = path.read_text().splitlines(keepends=True)
    direction = next(line for line in lines if "= DIRECTION(" in line)
    path.write_text("".join(line for line in lines if line != direction))
    with pytest.raises(CopeauError, match="not an Entity|illegal type|Unresolved") as error:
        read_step(path)
    assert "#" in error.value.where


def test_a_kilometre_of_steel_is_refused(tmp_path):
    with pytest.raises(CopeauError, match="more than 20 m"):
        read_step(saved(tmp_path, box(0, 0, 0, 1e6, 10, 10)))


def test_a_foil_is_refused(tmp_path):
    with pytest.raises(CopeauError, match="thinner than"):
        read_step(saved(tmp_path, BRepPrimAPI_MakeBox(10.0, 10.0, 1e-3).Shape()))


def test_volume_and_area_do_not_depend_on_the_place(tmp_path):
    body = cut(box(0, 0, 0, 40, 30, 20), cylinder(10, 15, -1, 8, 22))
    here = read_step(saved(tmp_path, body))
    there = read_step(saved(tmp_path, turned(body, (1, 2, 3), 0.7, (100, -50, 20)), "turned.step"))
    assert there.volume_mm3 == pytest.approx(here.volume_mm3, rel=1e-9)
    assert there.area_mm2 == pytest.approx(here.area_mm2, rel=1e-9)


def test_writing_twice_gives_the_same_bytes(tmp_path):
    body = box(0, 0, 0, 1, 2, 3)
    assert next(subshapes(body, SOLID)) is not None
    first = saved(tmp_path, body).read_bytes()
    assert saved(tmp_path, body).read_bytes() == first
