"""Files that come in as forms, and the fields beside them."""

import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import HTTPException, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile

Fields = TypeVar("Fields", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class Upload(Generic[Fields]):
    """An uploaded file and the fields of its form."""

    content: bytes
    filename: str
    fields: Fields


async def upload(request: Request, kind: type[Fields]) -> Upload[Fields]:
    """The form of a request. Fields whose kind is no text are JSON.

    It is read as it comes in, and kept on disk meanwhile; the entrance bounds it.

    Raises:
        HTTPException, RequestValidationError.
    """
    try:
        async with request.form(max_files=1, max_fields=10) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise HTTPException(422, "send the table as a file named file, in a multipart form")
            fields = _fields(form, kind)
            return Upload(content=await file.read(), filename=file.filename or "", fields=fields)
    except OSError as error:
        why = f"the file cannot be put down here: {error.strerror}"
        raise HTTPException(503, why) from error


def form_of(kind: type[BaseModel]) -> dict[str, Any]:
    """The form's schema, for the OpenAPI document."""
    schema = kind.model_json_schema()
    schema["properties"]["file"] = {"type": "string", "format": "binary"}
    schema["required"] = [*schema.get("required", ()), "file"]
    content = {"multipart/form-data": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


def _fields(form: FormData, kind: type[Fields]) -> Fields:
    given: dict[str, Any] = {}
    for name, text in form.items():
        if name == "file" or not isinstance(text, str):
            continue
        field = kind.model_fields.get(name)
        try:
            given[name] = json.loads(text) if field and field.annotation is not str else text
        except ValueError:
            raise HTTPException(422, f"{name}: write it as JSON") from None
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None
