"""Lambda's context object."""

from typing import Protocol


class LambdaContext(Protocol):
    """What is used of the second argument of a handler."""

    @property
    def aws_request_id(self) -> str: ...

    def get_remaining_time_in_millis(self) -> int: ...
