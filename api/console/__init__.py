"""The guardian's console at /console: pages from the server, of use without script."""
