"""A shape written as STEP."""

from pathlib import Path

from OCP.IFSelect import IFSelect_ReturnStatus
from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

from copeau.model.errors import CopeauError
from copeau.part.quiet import quiet_kernel


def write_step(shape, path: str | Path) -> None:
    """Write a kernel shape to `path` as STEP (AP214, mm).

    Raises
    ------
    CopeauError
        The kernel cannot translate the shape or the file cannot be written.
    """
    quiet_kernel()
    writer = STEPControl_Writer()
    done = IFSelect_ReturnStatus.IFSelect_RetDone
    if writer.Transfer(shape, STEPControl_StepModelType.STEPControl_AsIs) != done or writer.Write(str(path)) != done:
        raise CopeauError("the shape cannot be written as STEP", where=str(path), mend="check that the folder exists and can be written")
