"""The LPR gateway."""
