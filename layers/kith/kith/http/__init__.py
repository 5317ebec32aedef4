"""HTTP for every function: authentication, errors as problem documents, headers, pagination."""
