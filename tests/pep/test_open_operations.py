from gateway.pep.open_operations import OpenOperation, tell_not_taken, tell_roles


def test_whoever_may_not_is_told_whose_role_may_or_that_nobodys_does():
    assert tell_roles(("supervisor", "officer")) == "It is open to these roles: officer, supervisor."
    assert tell_roles(()) == "It is open to no role: ask the privacy office."


def test_a_plate_that_the_table_does_not_take_so_is_told_apart_from_one_that_an_approval_lets_through():
    fuzzy_alone = OpenOperation(roles=("officer",), matches=("fuzzy",))
    assert tell_not_taken(fuzzy_alone, "fuzzy", "/search") is None
    told = tell_not_taken(fuzzy_alone, "partial", "/search")
    assert told == (
        "By the agency's table this search takes no part of a plate, approval or not: search for the full plate at /search."
    )
    assert tell_not_taken(OpenOperation(), "exact", None) == (
        "By the agency's table this search takes no whole plate, approval or not."
    )
