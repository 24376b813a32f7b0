"""The published form of `report.json`: JSON Schema 2020-12 of `copeau/report@1`."""

import functools
import json
from importlib.resources import files
from typing import Any

from copeau.model.errors import CopeauError


@functools.cache
def report_schema() -> dict[str, Any]:
    """The schema as a dict."""
    return json.loads(files("copeau.dossier.schema").joinpath("report.schema.json").read_text("utf-8"))


def validate_report(report: dict) -> None:
    """Hold a report against the schema. Needs `jsonschema`, which is installed with the tests.

    Raises
    ------
    CopeauError
        The first place where the report breaks the schema.
    """
    import jsonschema

    validator = jsonschema.Draft202012Validator(report_schema())
    error = jsonschema.exceptions.best_match(validator.iter_errors(report))
    if error is not None:
        place = ".".join(str(step) for step in error.absolute_path) or "top"
        raise CopeauError(f"the report breaks its schema: {error.message}", where=place, mend="see report.schema.json")
