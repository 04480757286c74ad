"""Each word that the record has for a message that is no request has its sentence."""

import ast
import inspect

import pytest

from gateway.server import head
from gateway.server.framing_causes import CAUSES
from gateway.server.head import explain


def list_notes():
    """The words that are raised in `head`, or given by its explanations."""
    tree = ast.parse(inspect.getsource(head))
    raised = [
        node.args[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "FramingFault"
    ]
    return {one.value for one in raised if isinstance(one, ast.Constant)}


def test_every_word_that_a_head_is_refused_with_has_a_sentence():
    assert list_notes() >= {"host", "header", "expectation"}
    assert list_notes() <= CAUSES.keys()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("GET /a HTTP/2.0\r\nHost: a\r\n\r\n", "HTTP/1.1"),
        ("GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n", "a whole address"),
        ("GET /a HTTP/1.1\r\nA_b: c\r\n\r\n", "an underscore"),
        ("GET /a HTTP/1.1\r\nA: c\r\n d\r\n\r\n", "a second line"),
        ("get /a HTTP/1.1\r\nHost: a\r\n\r\n", "method"),
    ],
)
def test_the_sentence_says_what_of_the_head_it_is(text, told):
    assert told in CAUSES[explain(text)]
