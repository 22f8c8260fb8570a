"""Mutation testing: small changes to the code, each of which the tests of its own room must notice."""
