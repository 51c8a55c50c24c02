"""The converters that come with the hub: each module has its ``CONVERTER``, and is the program that it runs.

Nothing here is imported by the hub but the small object that names the program: documents are opened in the sandbox.
"""
