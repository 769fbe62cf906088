"""A command's words as a POSIX shell splits them, and what is refused."""

import shlex
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbwebhook.definition.shell_words import ShellText, split_words


def _words(text: str) -> list[str]:
    return [word.text for word in split_words(text, "command")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param(" \n\t", [], id="blank"),
        pytest.param("curl a  b", ["curl", "a", "b"], id="spaces"),
        pytest.param("$ curl a", ["curl", "a"], id="prompt"),
        pytest.param("'a b' \"c d\"", ["a b", "c d"], id="quotes"),
        pytest.param("a'b'\"c\"d", ["abcd"], id="joined"),
        pytest.param("''", [""], id="empty-word"),
        pytest.param(r"'a\n'", [r"a\n"], id="single-quotes-take-all"),
        pytest.param(r'"a\"b\\c\$d\`e\x"', [r'a"b\c$d`e\x'], id="double-quotes"),
        pytest.param(r"a\ b\'c", ["a b'c"], id="backslash"),
        pytest.param("a \\\n b", ["a", "b"], id="continued"),
        pytest.param("a \\\r\n b", ["a", "b"], id="continued-crlf"),
        pytest.param("ab\\\ncd", ["abcd"], id="continued-in-a-word"),
        pytest.param('"ab\\\ncd"', ["abcd"], id="continued-in-quotes"),
        pytest.param("'a\nb'", ["a\nb"], id="line-break-in-quotes"),
        pytest.param("a b\n\n", ["a", "b"], id="blank-lines-after"),
        pytest.param("\n\na b", ["a", "b"], id="blank-lines-before"),
        pytest.param("a # b 'c", ["a"], id="comment"),
        pytest.param("# a\ncurl # b\n# c", ["curl"], id="comment-lines"),
        pytest.param("a#b http://x/#y", ["a#b", "http://x/#y"], id="sharp-in-a-word"),
        pytest.param("x^y", ["x^y"], id="caret-in-a-word"),
        pytest.param("http://x/?a=[1]*{b}~", ["http://x/?a=[1]*{b}~"], id="no-globs"),
        pytest.param(
            "$NAME ${N_2}x", ["{{secret.NAME}}", "{{secret.N_2}}x"], id="vars"
        ),
        pytest.param('"a $B c"', ["a {{secret.B}} c"], id="variable-in-quotes"),
        pytest.param("'$B'", ["$B"], id="no-variable-in-single-quotes"),
        pytest.param("a$ 5$", ["a$", "5$"], id="lone-dollar"),
        pytest.param('"$"', ["$"], id="lone-dollar-in-quotes"),
        pytest.param('$"a b"', ["a b"], id="translated-quotes"),
        pytest.param(
            r"$'a\'b\n\t\\\x41\101\u00e9\U0001F600\q'",
            ["a'b\n\t\\AAé😀\\q"],
            id="ansi-quotes",
        ),
        pytest.param(r"$'\xc3\xa9'", ["é"], id="ansi-bytes"),
    ],
)
def test_words_are_split_as_a_shell_does(text: str, words: list[str]) -> None:
    """Quotes are undone; a variable becomes a secret."""
    assert _words(text) == words


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        pytest.param("curl 'a", "column 6", "a quote that nothing closes", id="single"),
        pytest.param('curl "a', "column 6", "a quote that nothing closes", id="double"),
        pytest.param("curl $'a", "column 6", "a quote that nothing closes", id="ansi"),
        pytest.param("a\\", "column 2", "a backslash with nothing after it", id="end"),
        pytest.param("a | b", "column 3", "'|' hands the answer", id="pipe"),
        pytest.param("a?b&c", "column 4", "'&' ends the command in a shell", id="and"),
        pytest.param("a; b", "column 2", "';' ends the command", id="semicolon"),
        pytest.param("a < b", "column 3", "'<' reads a file", id="in"),
        pytest.param("a > b", "column 3", "'>' writes a file", id="out"),
        pytest.param("(a)", "column 1", "'(' starts another shell", id="subshell"),
        pytest.param("a)", "column 2", "')' ends another shell", id="subshell-end"),
        pytest.param("`a`", "column 1", "'`' runs another command", id="backquotes"),
        pytest.param('"`a`"', "column 2", "'`' runs another", id="backquotes-quoted"),
        pytest.param("$(a)", "column 1", "'$(' runs another command", id="dollar"),
        pytest.param('"$(a)"', "column 2", "'$(' runs another", id="dollar-quoted"),
        pytest.param("${a:-b}", "column 1", "'${' is not a plain variable", id="brace"),
        pytest.param("$1", "column 1", "'$1' is not a plain variable", id="number"),
        pytest.param("a\nb", "line 2, column 1", "a second command", id="two-lines"),
        pytest.param("a ^\nb", "line 1, column 3", "'^' is how Windows'", id="cmd"),
        pytest.param('a ^"b^"', "column 3", "'^' is how Windows'", id="cmd-quotes"),
        pytest.param(r"$'\xff'", "column 1", "escaped bytes that are not", id="bytes"),
        pytest.param(r"$'\U00110000'", "column 1", "escaped bytes", id="no-character"),
    ],
)
def test_anything_but_one_plain_command_is_refused(
    text: str, place: str, problem: str
) -> None:
    """With the place; nothing is run, read or expanded."""
    with pytest.raises(ShellText) as caught:
        split_words(text, "command")
    assert caught.value.place == f"command, {place}"
    assert caught.value.problem.startswith(problem)


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)


@given(words=st.lists(_TEXT, max_size=5))
def test_quoted_words_come_back(words: list[str]) -> None:
    """What the standard library quotes, this reads."""
    assert _words(f"x {shlex.join(words)}") == ["x", *words]


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash here")
@settings(max_examples=30, deadline=None)
@given(words=st.lists(_TEXT.filter(lambda t: "\r" not in t), min_size=1, max_size=3))
def test_a_real_shell_agrees(words: list[str]) -> None:
    """Bash splits the same text into the same words."""
    text = shlex.join(words)
    run = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {text}"],  # noqa: S607 - any bash
        capture_output=True,
        check=True,
    )
    assert run.stdout.decode().split("\0")[:-1] == _words(text)


@settings(max_examples=200)
@given(text=st.text(alphabet="ab '\"\\$`{}()|&;<>#^\n\r\tx0u", max_size=40))
def test_any_text_is_words_or_a_refusal(text: str) -> None:
    """No other error ever comes out."""
    try:
        found = _words(text)
    except ShellText as stop:
        found = [stop.place]
    assert all(isinstance(word, str) for word in found)
