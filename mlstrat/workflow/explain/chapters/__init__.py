"""The glossary, a chapter a file, in the order of the course: rule, checklist, numbers, source."""
