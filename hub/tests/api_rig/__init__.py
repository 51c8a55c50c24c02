"""What tests of the API stand on: a program with a token, and every operation of the document."""

from api_rig._document import Operation, Parameter, document, operations
from api_rig._program import Program, program

__all__ = ["Operation", "Parameter", "Program", "document", "operations", "program"]
