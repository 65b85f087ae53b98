exec python3 /usr/local/server/openruntime.py
