"""Reading vendors' own audit exports as they are.

`sheets` gives the rows of a file with the numbers a spreadsheet shows, `columns` what a vendor calls them, `layouts` which
cell of a row is what, `blocks` the same for many rows at once, `cells` what a cell means; `kept_rows` and `plate_hashes`
make what is kept, `importer` puts it together and `store` keeps the result.
A row that fits in no way, or in two, is reported and not guessed. Plates, reasons and case numbers are never kept.
"""
