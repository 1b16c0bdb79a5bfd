"""How each operating system tells of changes: one inotify on Linux, whatever watchdog finds elsewhere."""
