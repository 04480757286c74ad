"""Every mistake of an import, in the order of files and rows, without repeating what the files say."""

from collections import defaultdict

_TOLD_PER_FILE = 1000


class Problems:
    """Collects mistakes. Of one file a thousand are told and the rest counted, so that memory stays bounded."""

    def __init__(self) -> None:
        self._general: list[str] = []
        self._by_file: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        self._untold: defaultdict[str, int] = defaultdict(int)

    def __bool__(self) -> bool:
        return bool(self._general or self._by_file)

    def add(self, sentence: str) -> None:
        """A mistake that is not in one row."""
        self._general.append(sentence)

    def add_row(self, file: str, row: int, column: str | None, sentence: str) -> None:
        """A mistake in a row (the header is row 1) and, where it is in one cell, a column."""
        if len(self._by_file[file]) >= _TOLD_PER_FILE:
            self._untold[file] += 1
            return
        place = f"{file} row {row}" if column is None else f"{file} row {row}, column {column}"
        self._by_file[file].append((row, f"{place}: {sentence}"))

    def sentences(self) -> list[str]:
        """All of them: the general ones first, then by file and row."""
        told = list(self._general)
        for file, found in self._by_file.items():
            told += [sentence for _row, sentence in sorted(found)]
            if self._untold[file]:
                told.append(f"{file}: {self._untold[file]} more mistakes")
        return told
