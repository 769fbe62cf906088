"""A rendered request as a value."""

from nbwebhook.definition.urls import Origin
from nbwebhook.render.request import Request

ORIGIN = Origin("https", "example.test", 443)


def _request(body: bytes | None = b"x") -> Request:
    return Request("POST", ORIGIN, b"/?k=s3cret", ((b"A", b"b"),), body)


def test_requests_are_equal_if_every_byte_is() -> None:
    """Equality and hash go by value."""
    assert _request() == _request()
    assert hash(_request()) == hash(_request())
    assert _request() != _request(None)
    assert _request() != "POST"


def test_a_request_shows_neither_target_nor_body() -> None:
    """What may hold a secret or a value of a lead stays out of the repr."""
    assert repr(_request()) == "<Request POST https://example.test>"
