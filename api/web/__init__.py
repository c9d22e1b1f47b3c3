"""The reporter's pages: all that the app does, in any browser, without script."""
