"""What the Python suites share: a cell is one feature of a package against one provider behind the gateway.

A suite is called with the file of its plan and prints one line of JSON per cell.
"""
import json
import sys
import traceback
import urllib.request

TEXT = "Hello from upstream."
THOUGHT = "Look at the sky."
CALLS = [("get_weather", {"city": "Bern"}), ("get_time", {"zone": "Europe/Zurich"})]
FORECAST = {"city": "Bern", "rain": True}
FORECAST_SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}, "rain": {"type": "boolean"}},
                   "required": ["city", "rain"], "additionalProperties": False}
INPUT, CACHED, OUTPUT = 11, 3, 4  # tokens of every answer
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="  # a PNG

FEATURES = {}


def feature(function):
    FEATURES[function.__name__] = function
    return function


class Cell:
    def __init__(self, plan, provider):
        self.provider, self.plan = provider, plan
        self.base_url, self.key = plan["base_url"], plan["key"]
        self._mock = plan["mocks"][provider]

    def model(self, behaviour="plain"):
        return f"{self.provider}-{behaviour}"

    def seen(self, behaviour="plain"):
        """Every request the provider has got for this model."""
        with urllib.request.urlopen(f"{self._mock}/seen?model={behaviour}", timeout=10) as answer:
            return json.load(answer)


def raised(kind, call, *arguments, **named):
    """The error of that class which the call ends in."""
    try:
        call(*arguments, **named)
    except kind as error:
        return error
    raise AssertionError(f"no {kind} was raised")


def same(actual, wanted, what="it"):
    assert actual == wanted, f"{what} is {actual!r}, not {wanted!r}"


def run_plan():
    with open(sys.argv[1]) as file:
        plan = json.load(file)
    for provider, name in plan["cells"]:
        try:
            FEATURES[name](Cell(plan, provider))
            why = ""
        except Exception as error:  # whatever went wrong is the cell's result
            at = traceback.extract_tb(error.__traceback__)[-1]
            why = f"{type(error).__name__}: {error} ({at.name}:{at.lineno})"
        print(json.dumps({"provider": provider, "feature": name, "why": why}), flush=True)
