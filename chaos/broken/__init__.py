"""The shop's own programs with a fault inside, each run as a module in place of the real one."""
