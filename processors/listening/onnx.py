"""onnxruntime, told before it is loaded not to report on its use to its maker.

The package that pip installs carries an uploader that only this variable, set before the import,
stops.
"""

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime  # noqa: E402

__all__ = ["onnxruntime"]
