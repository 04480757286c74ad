"""Page tokens: what a caller holds instead of the vendor's page id.

`content` writes a page opening as compact text, `tokens` seals it and opens it. Nobody but the gateway can read or change
one, and it is good only for the person, key and mount it was made for.
"""
