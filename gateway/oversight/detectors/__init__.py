"""Detectors: patterns of misuse, each a folder of the privacy office under `policies/oversight`.

`catalog` reads the folders, `scene` lays out the searches of a period with every plate followed across epochs, `run` asks
each detector's question, `runner` does it beside the gateway as records come. The same period always gives the same.
"""

from gateway.oversight.detectors.catalog import Detector, read_detectors
from gateway.oversight.detectors.detection import Detection
from gateway.oversight.detectors.run import run_detectors

__all__ = ["Detection", "Detector", "read_detectors", "run_detectors"]
