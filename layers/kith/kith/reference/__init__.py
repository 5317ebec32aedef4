"""The OpenAPI document of all functions, Swagger UI and ReDoc."""
