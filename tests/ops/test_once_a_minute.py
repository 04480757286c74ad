from gateway.ops.once_a_minute import OnceAMinute


def test_the_first_is_told_at_once_and_what_follows_once_a_minute_with_how_often_it_was_passed_over():
    at = [0.0]
    happening = OnceAMinute(lambda: at[0])
    told = []
    for at[0] in (0.0, 1.0, 59.9, 60.0, 60.1, 500.0, 600.0):
        told.append(happening.note())
    assert told == [{}, None, None, {"repeated": 2}, None, {"repeated": 1}, {}]
