"""Pictures of a job for its dossier, and the colours of the result."""

import numpy as np
from numpy.typing import NDArray

from copeau.dossier.pictures import BAND_BOUNDS_MM, BAND_COLOURS, deviation_picture, part_picture, setup_picture, stock_picture

PICTURE_TRIANGLES = 500_000  # of a stock: finer than the pixels of its picture


def job_pictures(job) -> dict[str, bytes]:
    """PNG bytes by name: `part`, `setup_10`, `stock_10` (after that setup), ..., `deviation`."""
    from copeau.dossier.words import words_of
    from copeau.verdict import signed_deviation

    out = {"part": part_picture(job.part.mesh.vertices, job.part.mesh.triangles)}
    meshes = [coarse_mesh(stock.unpacked()) for stock in (*(r.stock_in for r in job.setups), job.result)]
    for k, r in enumerate(job.setups):
        matrix = r.setup.part_to_wcs
        for name, (vertices, triangles) in (("setup", meshes[k]), ("stock", meshes[k + 1])):
            v = vertices @ matrix[:3, :3].T + matrix[:3, 3]
            out[f"{name}_{r.setup.id}"] = setup_picture(v, triangles, r.setup.fixture.bodies) if name == "setup" else stock_picture(v, triangles)
    vertices, triangles = meshes[-1]
    out["deviation"] = deviation_picture(vertices, triangles, signed_deviation(job.verdict, vertices), decimal_mark=words_of(job.options.lang)("decimal_mark"))
    return out


def coarse_mesh(stock) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The stock's surface as a picture needs it."""
    from copeau.simulation.mesh_out import stride_for, to_mesh

    return to_mesh(stock, stride_for(stock, PICTURE_TRIANGLES))


def band_colours(deviation_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """RGB (n, 3) of each vertex, the bands of the deviation map."""
    return BAND_COLOURS[np.searchsorted(BAND_BOUNDS_MM, np.nan_to_num(deviation_mm))]
