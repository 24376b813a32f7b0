"""The documents: what the workshop holds in its hands, and the pictures in it.

In: the report of a job (`copeau/report@1`), pictures, the part. Out: one PDF, PNG pictures, SVG drawing views.
Never: a number that the report does not hold; a default for what is missing (it prints "not given"); a decision about machining.
"""

from copeau.dossier.schema import report_schema, validate_report
from copeau.dossier.write import write_dossier

__all__ = ["report_schema", "validate_report", "write_dossier"]
