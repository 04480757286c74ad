"""Long work on a batch leaves the processor to requests in between."""

import time

from gateway.shipping.courtesy import pace


def test_work_on_a_batch_lets_others_run_in_between():
    pauses, left = [], time.perf_counter()
    for _ in pace(range(200)):
        pauses.append(time.perf_counter() - left)
        busy_until = time.perf_counter() + 0.0001
        while (left := time.perf_counter()) < busy_until:
            pass
    assert sum(pause >= 0.0005 for pause in pauses) >= 20
