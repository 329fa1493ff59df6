"""Results → text, markdown, JSON, CSV. Numbers are written as prose here and nowhere else.

A result is first laid out as blocks (`blocks`), once; `text` and `markdown` only draw blocks.
"""
