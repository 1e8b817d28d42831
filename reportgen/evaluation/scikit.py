"""Loads the metrics of scikit-learn, which takes a second."""

from importlib import import_module
from typing import Any

from reportgen.errors import MissingExtraError


def scikit_metrics() -> Any:
    """The module ``sklearn.metrics``.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    try:
        return import_module("sklearn.metrics")
    except ImportError as error:
        raise MissingExtraError(
            "An evaluation needs scikit-learn, which is not installed. Run: pip install 'keras-reportgen[evaluation]'"
        ) from error
