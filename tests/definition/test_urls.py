"""A URL's faults, and its split into origin and target (faults 85, 95, 96)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.definition.urls import Origin, split_url, url_faults


@pytest.mark.parametrize(
    ("url", "origin", "authority", "target"),
    [
        pytest.param(
            "https://E.test/A?b=%2b",
            ("https", "e.test", 443),
            "e.test",
            "/A?b=%2b",
            id="https",
        ),
        pytest.param("http://e.test", ("http", "e.test", 80), "e.test", "/", id="http"),
        pytest.param(
            "HTTP://e.test:80/", ("http", "e.test", 80), "e.test", "/", id="own-port"
        ),
        pytest.param(
            "https://e.test:80/", ("https", "e.test", 80), "e.test:80", "/", id="port"
        ),
        pytest.param(
            "http://e.test:/x", ("http", "e.test", 80), "e.test", "/x", id="no-port"
        ),
        pytest.param(
            "http://e.test?x", ("http", "e.test", 80), "e.test", "/?x", id="query"
        ),
        pytest.param(
            "http://e.test/a#b?c", ("http", "e.test", 80), "e.test", "/a", id="fragment"
        ),
        pytest.param(
            "http://e.test#b",
            ("http", "e.test", 80),
            "e.test",
            "/",
            id="fragment-alone",
        ),
        pytest.param(
            "http://[::1]:8080/", ("http", "::1", 8080), "[::1]:8080", "/", id="ipv6"
        ),
        pytest.param(
            "http://e.test/{{lead.A#B}}?{{lead.X:default=#}}#c",
            ("http", "e.test", 80),
            "e.test",
            "/{{lead.A#B}}?{{lead.X:default=#}}",
            id="number-sign-in-a-token",
        ),
        pytest.param(
            "http://e.test/{{lead.X",
            ("http", "e.test", 80),
            "e.test",
            "/{{lead.X",
            id="unclosed",
        ),
    ],
)
def test_a_url_is_split_as_it_is_written(
    url: str, origin: tuple[str, str, int], authority: str, target: str
) -> None:
    """Scheme and host in lower case, the target untouched, the fragment cut."""
    assert url_faults(url) == ()
    found = split_url(url)
    assert found == (Origin(*origin), target)
    assert found[0].authority == authority


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        pytest.param("", "url: starts with ''", id="empty"),
        pytest.param("e.test/x", "url: starts with 'e.test/x'", id="no-scheme"),
        pytest.param("ftp://e.test", "url: starts with ftp://", id="ftp"),
        pytest.param("http+unix://x", "url: starts with http+unix://", id="unix"),
        pytest.param("{{my.S}}://e.test", "url: starts with {{my.S}}://", id="scheme"),
        pytest.param("http://{{lead.X}}/", "url, host: a token in the host", id="host"),
        pytest.param(
            "http://e.{{a/b}}/", "url, host: a token in the host", id="domain"
        ),
        pytest.param(
            "http://e.test:{{a}}/", "url, host: a token in the host", id="in-port"
        ),
        pytest.param(
            "http://u:p@e.test/", "url, host: holds a user name or '@'", id="user"
        ),
        pytest.param("http://", "url, host: '' is not a host name", id="no-host"),
        pytest.param("http://a b/", "url, host: 'a b' is not a host name", id="space"),
        pytest.param(
            "http://a\\b/", "url, host: 'a\\\\b' is not a host", id="backslash"
        ),
        pytest.param(
            "http://127。0。0。1/", "url, host: host '127。0。0。1'", id="wide"
        ),
        pytest.param(
            "http://e.test:x/", "url, host: 'x' is not a port", id="port-text"
        ),
        pytest.param("http://e.test:0/", "url, host: '0' is not a port", id="port-0"),
        pytest.param(
            "http://e.test:65536/", "url, host: '65536' is not", id="port-high"
        ),
        pytest.param(
            "http://e.test:٣/", "url, host: '٣' is not a port", id="port-arabic"
        ),
        pytest.param(
            "http://e.test:" + "9" * 5000,
            f"url, host: '{'9' * 24}' is not a port number",
            id="port-of-5000-digits",
        ),
        pytest.param(
            "http://[::1/", "url, host: '::1' is not an IPv6", id="no-bracket"
        ),
        pytest.param(
            "http://[::1]80/", "url, host: '::1' is not an IPv6", id="no-colon"
        ),
        pytest.param("http://[::g]/", "url, host: '::g' is not an IPv6", id="no-ipv6"),
        pytest.param(
            "http://[fe80::1%25eth0]/", "url, host: 'fe80::1%25eth0' is not", id="zone"
        ),
        pytest.param("http://e.test/a b", "url, column 16: a space", id="path-space"),
        pytest.param(
            "http://e.test/{{lead.A B}}\n", "url, column 27: a control", id="line-break"
        ),
    ],
)
def test_a_wrong_url_is_told_with_its_place(url: str, wanted: str) -> None:
    """One fault, found before anything is sent."""
    (fault,) = url_faults(url)
    assert str(fault).startswith(wanted)


def test_a_token_may_hold_what_the_url_may_not() -> None:
    """Spaces and line breaks within a token are its name's."""
    assert url_faults("http://e.test/{{lead.A\n B:default=x y}}?{{my.C D}}") == ()


@pytest.mark.timeout(10)
@pytest.mark.parametrize("tail", ["{{" * 300_000, "{{a}}" * 100_000, "{{}" * 200_000])
def test_a_long_url_is_checked_in_no_time(tail: str) -> None:
    """Checking and splitting are linear in the URL."""
    url = f"http://e.test/{tail}"
    assert url_faults(url) == ()
    assert split_url(url)[1] == f"/{tail}"


@given(
    st.text() | st.text(st.sampled_from("htps:/[]@#?.{}1\\ ")).map("http://".__add__)
)
def test_any_text_is_faulty_or_split(url: str) -> None:
    """No text makes an exception, and an origin never holds what a host cannot."""
    if not url_faults(url):
        origin, target = split_url(url)
        assert origin.host.isascii()
        assert not set(origin.host) & set(" /\\@#?{}")
        assert target.startswith("/")
