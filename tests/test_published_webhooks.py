"""Webhooks as people publish them: loaded or refused, checked, rendered, and really run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

import nbwebhook as nw
from nbwebhook.definition.curl import parse_curl
from nbwebhook.errors import InvalidDefinition
from nbwebhook.lint.definitions import DEFINITION_RULES
from tests.published_webhooks import CONTEXT, FIELDS, LEADS, PUBLISHED, Published
from tests.servers import RawServer, always, http_response

make: Callable[..., nw.Webhook] = nw.Webhook
CASES = [pytest.param(each, id=each.id) for each in PUBLISHED]
BROKEN = [pytest.param(each, id=each.id) for each in PUBLISHED if each.broken]
ANSWERED = [pytest.param(each, id=each.id) for each in PUBLISHED if each.updates]
ECHO = {"method": "Echo Method", "target": "Echo Target", "body": "Echo Body"}


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the secrets that the mended definitions name."""
    monkeypatch.setenv("NBW_SMS", "dXNlcjpwYXNz")


@pytest.fixture(scope="module")
def service() -> Iterator[nw.DemoService]:
    """Return a service that tells what arrived."""
    with nw.DemoService(latency_ms=0) as running:
        yield running


def _hook(published: Published) -> nw.Webhook:
    return make(name=published.id, **{**published.parts, **published.mended})


def _leads() -> pd.DataFrame:
    return pd.DataFrame(LEADS)


def _context() -> nw.Context:
    return nw.Context(**CONTEXT)  # type: ignore[arg-type]  # scopes by name


def test_there_are_as_many_as_were_found() -> None:
    """31 and one of them twice, each with its own name and with what was filled in."""
    assert len({each.id for each in PUBLISHED}) == len(PUBLISHED) == 32
    assert all(each.filled for each in PUBLISHED)


@pytest.mark.parametrize("published", BROKEN)
def test_a_broken_one_is_refused_for_what_is_wrong(published: Published) -> None:
    """By name, and the check tells the same fault without raising."""
    with pytest.raises(InvalidDefinition) as caught:
        make(**published.parts)
    assert (
        tuple(f.rule or "definition" for f in caught.value.faults) == published.broken
    )
    found = nw.check(published.parts)
    assert (
        tuple(f.rule for f in found if f.rule in DEFINITION_RULES) == published.broken
    )


@pytest.mark.parametrize("published", CASES)
def test_it_is_loaded_as_it_was_saved(published: Published, tmp_path: Path) -> None:
    """Every property, whatever it holds."""
    hook = _hook(published)
    hook.save(tmp_path / "a.webhook.json")
    assert nw.Webhook.load(tmp_path / "a.webhook.json") == hook
    assert dict(hook.setup_sheet().boxes)["URL"] == hook.url


@pytest.mark.parametrize("published", CASES)
def test_the_check_finds_what_is_known_of_it(published: Published) -> None:
    """Every rule that has something to say, and no other."""
    found = nw.check(
        _hook(published),
        _leads(),
        context=_context(),
        fields=FIELDS,
        sample_response=published.sample,
    )
    assert {finding.rule for finding in found} == published.rules


@pytest.mark.parametrize("published", CASES)
def test_the_request_is_the_one_that_marketo_sends(published: Published) -> None:
    """Request line and payload of the first lead, byte for byte."""
    hook = _hook(published)
    shown = nw.preview(hook, _leads(), count=1, context=_context(), fields=FIELDS)
    [request] = shown.requests
    assert isinstance(request, bytes)
    head, _, body = request.partition(b"\r\n\r\n")
    method = hook.request_type.encode()
    assert head.split(b"\r\n")[0] == method + b" " + published.target + b" HTTP/1.1"
    assert body == (published.body or b"")
    assert (b"content-length" in head.lower()) is (published.body is not None)


@pytest.mark.parametrize("published", CASES)
def test_the_curl_command_sends_the_same(published: Published) -> None:
    """What it would send is the request, and nothing of it is lost."""
    hook = _hook(published)
    command = nw.to_curl(hook, _leads().iloc[0], context=_context(), fields=FIELDS)
    found = parse_curl(command)
    assert found.method == hook.request_type
    assert found.url == f"{hook.origin}{published.target.decode()}"
    assert found.body == (published.body or b"").decode()


@pytest.mark.parametrize("published", CASES)
def test_it_runs_against_a_local_service(
    published: Published, service: nw.DemoService
) -> None:
    """Both leads are called once, and the very bytes arrive."""
    hook = _hook(published)
    query = hook.url.partition("?")[2]
    echo = hook.replace(
        url=f"{service.url}/echo?{query}",
        response_type="JSON",
        response_mappings=ECHO,
    )
    result = nw.run(echo, _leads(), context=_context(), fields=FIELDS, progress=False)
    assert result.summary.updated == len(_leads())
    first = result.updates.iloc[0].fillna("")  # no body is nothing new
    assert first["Echo Method"] == hook.request_type
    assert (
        first["Echo Target"] == f"/echo?{published.target.decode().partition('?')[2]}"
    )
    assert first["Echo Body"].encode("latin-1") == (published.body or b"")


@pytest.mark.parametrize("published", ANSWERED)
def test_the_sample_response_is_mapped(
    published: Published, raw_server: Callable[..., RawServer]
) -> None:
    """A service that answers with it writes the fields that are said, and no others."""
    body = (published.sample or "").encode()
    server = raw_server(always(http_response(body=body)))
    hook = _hook(published).replace(url=server.url)
    result = nw.run(
        hook, _leads().head(1), context=_context(), fields=FIELDS, progress=False
    )
    updates = result.updates.iloc[0].dropna().to_dict()
    assert updates == pytest.approx(dict(published.updates))


def test_known_mistakes_have_certain_fixes() -> None:
    """What the correction of each makes of the first lead's payload is JSON."""
    mended = 0
    for published in PUBLISHED:
        hook = _hook(published)
        found = nw.check(hook, _leads(), context=_context(), fields=FIELDS)
        quoted = [finding for finding in found if finding.rule == "quoted-token"]
        if not quoted:
            continue
        fixed = found.fix()
        shown = nw.preview(fixed, _leads(), count=1, context=_context(), fields=FIELDS)
        body = bytes(shown.requests[0]).partition(b"\r\n\r\n")[2]  # type: ignore[arg-type]  # bytes, as none is refused
        if "unknown-token" not in published.rules:
            assert json.loads(body)
        again = nw.check(fixed, _leads(), context=_context(), fields=FIELDS)
        assert not {f.rule for f in again} & {"quoted-token", "missing-content-type"}
        mended += 1
    assert mended == 5
