"""Pages for the coding of testimony: texts, codes, the data structure, and what holds it."""
