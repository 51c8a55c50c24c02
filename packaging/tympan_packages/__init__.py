"""Makes what people install: wheels, a program that carries its own Python, a package for Debian, and their bill."""
