"""Providers that answer as the real ones do on the wire: one server per kind, started on a port of its own."""
from .anthropic import Anthropic
from .azure import Azure
from .gemini import Gemini
from .local import LlamaCpp, LmStudio, Ollama, SgLang, Vllm
from .openai import OpenAI
from .server import MockServer

SHAPES = {shape.kind: shape for shape in (OpenAI, Anthropic, Azure, Gemini, Ollama, LlamaCpp, Vllm, SgLang, LmStudio)}


def start_all():
    """{kind: running MockServer}"""
    return {kind: MockServer(shape()) for kind, shape in SHAPES.items()}
