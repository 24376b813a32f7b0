"""A shape written as STEP."""

from pathlib import Path

from OCP.APIHeaderSection import APIHeaderSection_MakeHeader
from OCP.IFSelect import IFSelect_ReturnStatus
from OCP.StepBasic import StepBasic_Product
from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer
from OCP.TCollection import TCollection_HAsciiString

from copeau.model.errors import CopeauError
from copeau.part.quiet import quiet_kernel

TIME_STAMP = "1970-01-01T00:00:00"  # same shape, same bytes: the header must hold a time, and tells none


def write_step(shape, path: str | Path) -> None:
    """Write a kernel shape to `path` as STEP (AP214, mm), named after the file.

    Raises
    ------
    CopeauError
        The kernel cannot translate the shape or the file cannot be written.
    """
    path = Path(path)
    quiet_kernel()
    writer = STEPControl_Writer()
    done = IFSelect_ReturnStatus.IFSelect_RetDone
    ready = writer.Transfer(shape, STEPControl_StepModelType.STEPControl_AsIs) == done
    if ready:
        header = APIHeaderSection_MakeHeader(writer.Model())
        header.SetTimeStamp(TCollection_HAsciiString(TIME_STAMP))
        header.SetName(TCollection_HAsciiString(path.stem))
        _name_products(writer.Model(), path.stem)
    if not ready or writer.Write(str(path)) != done:
        raise CopeauError("the shape cannot be written as STEP", where=str(path), mend="check that the folder exists and can be written")


def _name_products(model, name: str) -> None:
    """Name the products after the file: the kernel's own names count the shapes that the process has written."""
    products = [e for k in range(1, model.NbEntities() + 1) if isinstance(e := model.Value(k), StepBasic_Product)]
    for number, product in enumerate(products):
        text = name if number == 0 else f"{name} {number + 1}"
        product.SetId(TCollection_HAsciiString(text))
        product.SetName(TCollection_HAsciiString(text))
