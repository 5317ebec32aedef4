"""Search, filtering, sorting and paging of contacts."""
