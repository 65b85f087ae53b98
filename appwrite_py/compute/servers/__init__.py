"""Programs that run inside of a function's sandbox, one folder for each language. The server does not import them."""
