"""The kinds of receivers that records are shipped to: `sink` is what each must do, `open` makes one from its options."""
