"""What a request costs, beside two peers in front of the same stub vendor, in one run: `./dev bench`.

Run by hand, never by the tests; prints ratios, because seconds are the machine's and not the program's.
"""
