"""See a release: the static page that every release holds, and the server that shows it on this machine."""
