"""One view per section of the page: from measured files to the names its template uses."""
