"""Bad days: the server killed, cut off, without room, and with a wrong clock."""
