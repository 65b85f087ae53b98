"""appwrite_py: accounts, databases, files, functions and realtime behind one REST API, over one PostgreSQL."""

__version__ = "0.1.0"
