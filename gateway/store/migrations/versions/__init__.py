"""One file a step; a step that shipped is never edited."""
