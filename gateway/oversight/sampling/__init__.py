"""A sample that nobody can choose and anybody can check: a seed promised before the period, shown after it.

`draw` is a function of the seed and the searches alone; `rates` says what reviewers' answers are worth.
"""

from gateway.oversight.sampling.draw import Drawn, Search, draw, promise
from gateway.oversight.sampling.rates import Rate, rate

__all__ = ["Drawn", "Rate", "Search", "draw", "promise", "rate"]
