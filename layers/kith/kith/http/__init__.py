"""The hall that all HTTP doors open into: requests, identities, errors, headers, paging."""
