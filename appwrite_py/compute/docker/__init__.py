"""Containers of a Docker engine, in which functions are built and run with the images of open-runtimes."""
