"""Refusals in the form of Cloudinary's errors."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class ApiError(Exception):
    """A refusal: its HTTP status and the message of its body."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


async def answer_api_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - Starlette's signature is wider than its use
    return _error(error.status, error.message)


async def answer_http_exception(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    return _error(error.status_code, str(error.detail))


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": {"message": message}}, status)
