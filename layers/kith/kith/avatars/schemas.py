"""What the routes of pictures take and give."""

from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field

from kith.schema_base import RequestModel, ResponseModel

_ID: Final = "kith/5f0c3f5e-8f0a-4d4e-9a55-0c8f3f6f2b11/avatar-9d2f6c1b7a3e4d50"
_SIGNATURE: Final = "6d8f0f5f2f0c9c9f4a2d1b7e3c5a9e8d7b6f4a21"

# The form of a picture, for the OpenAPI document: the routes read it themselves, measured first.
FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "additionalProperties": False,
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "A JPEG, PNG or WebP, up to 4 MB and 25 megapixels.",
                        }
                    },
                },
                "encoding": {"file": {"contentType": "image/jpeg, image/png, image/webp"}},
            }
        },
    }
}


class UploadTicket(ResponseModel):
    """How a browser uploads a picture straight to Cloudinary, within an hour."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "url": "https://api.cloudinary.com/v1_1/kith/image/upload",
                    "fields": {
                        "allowed_formats": "jpg,png,webp",
                        "api_key": "874837483274837",
                        "format": "webp",
                        "overwrite": "false",
                        "public_id": _ID,
                        "signature": _SIGNATURE,
                        "timestamp": "1795228469",
                        "transformation": "c_fill,g_auto,h_512,w_512",
                    },
                    "file_field": "file",
                }
            ]
        }
    )

    url: str = Field(description="Where the form is posted to, as `multipart/form-data`.")
    fields: dict[str, str] = Field(description="Fields of the form, as they are.")
    file_field: str = Field(description="The name of the field that the picture goes into.")


class UploadReceipt(RequestModel):
    """What Cloudinary answered the browser: its proof that it took the picture."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"public_id": _ID, "version": 1795228469, "signature": _SIGNATURE}]
        }
    )

    public_id: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9/_-]+$")]
    version: Annotated[int, Field(ge=1, le=10**12)]
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
