"""What tests of the API stand on: a program with a token, and every operation of the document."""

from api_rig._document import Operation, Parameter, document, operations
from api_rig._endpoint import Endpoint, endpoint
from api_rig._estate import FIELDS, Estate, estate
from api_rig._program import Program, program
from api_rig._webhooks import hook, log, told

__all__ = [
    "FIELDS",
    "Endpoint",
    "Estate",
    "Operation",
    "Parameter",
    "Program",
    "document",
    "endpoint",
    "estate",
    "hook",
    "log",
    "operations",
    "program",
    "told",
]
