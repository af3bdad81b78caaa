"""How the model side fails. Each error carries its own verdict."""

from typing import ClassVar


class ModelError(Exception):
    """The model cannot be spoken with.

    `reason` is the slug the call's outcome carries; `retry` says whether asking again may help.
    """

    reason: ClassVar[str] = "model_lost"
    retry: ClassVar[bool] = True


class ModelRefused(ModelError):
    """The model's side says no: a wrong key, model or setting. Asking again does not help."""

    reason = "model_refused"
    retry = False


class KeyRefused(ModelRefused):
    """The model's side does not take our key, or the account behind it: no call can be made."""


class ModelNotThere(ModelRefused):
    """The model's side knows no model of this name, or our key may not use it."""


class ModelUnreachable(ModelError):
    """No connection, or no answer in time."""

    reason = "model_unreachable"


class ModelMute(ModelUnreachable):
    """A connection opened and no event came over it within the time allowed."""


class ModelLost(ModelError):
    """An open session ended without our doing."""

    reason = "model_lost"


class ModelGarbled(ModelError):
    """An open session brings little else but messages that cannot be read."""

    reason = "protocol_broken"
