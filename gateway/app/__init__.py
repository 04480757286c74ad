"""The only place where parts are chosen and joined.

`create` makes and joins all of them for a worker; `engine`, `upstream` and `audit` choose one part each from the settings,
`state` makes what an installation keeps for itself, `doctor` looks at all of it. Nothing else may import every package.
"""
