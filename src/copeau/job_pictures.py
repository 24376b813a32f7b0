"""Pictures of a job for its dossier, and the colours of the result."""

import numpy as np
from numpy.typing import NDArray

from copeau.dossier.pictures import BAND_BOUNDS_MM, BAND_COLOURS, deviation_picture, part_picture, setup_picture, stock_picture


def job_pictures(job, vertices: NDArray[np.float64], triangles: NDArray[np.int64], deviation_mm: NDArray[np.float64]) -> dict[str, bytes]:
    """PNG bytes by name: `part`, `setup_10`, `stock_10` (after that setup), ..., `deviation`."""
    from copeau.simulation.mesh_out import to_mesh

    out = {"part": part_picture(job.part.mesh.vertices, job.part.mesh.triangles)}
    after = [r.stock_in for r in job.setups[1:]] + [job.result]
    for r, left in zip(job.setups, after):
        matrix = r.setup.part_to_wcs
        for name, stock in (("setup", r.stock_in), ("stock", left)):
            v, t = to_mesh(stock)
            v = v @ matrix[:3, :3].T + matrix[:3, 3]
            out[f"{name}_{r.setup.id}"] = setup_picture(v, t, r.setup.fixture.bodies) if name == "setup" else stock_picture(v, t)
    out["deviation"] = deviation_picture(vertices, triangles, deviation_mm)
    return out


def band_colours(deviation_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """RGB (n, 3) of each vertex, the bands of the deviation map."""
    return BAND_COLOURS[np.searchsorted(BAND_BOUNDS_MM, np.nan_to_num(deviation_mm))]
