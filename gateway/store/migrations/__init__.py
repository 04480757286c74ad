"""The store's tables through time, run by `open_store` and never by hand."""
