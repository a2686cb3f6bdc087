"""What everything on the pages is called and how it is written: language, labels, roles, tables, the literature."""
