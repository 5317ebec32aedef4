"""The HTML pages that the links in letters open."""
