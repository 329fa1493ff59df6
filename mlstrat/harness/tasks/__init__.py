"""Recipes of the tasks beyond one label an example: a module a family, trained by one loop."""
