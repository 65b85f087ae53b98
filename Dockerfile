# Two stages: the first makes a virtual environment from the lock file, the second carries only that environment.
# docs/docker.md tells how to run the image; docker-compose.yml runs it beside PostgreSQL.
ARG BASE=python:3.13-slim-trixie

FROM ${BASE} AS builder

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# pip stays outside: the environment holds what the server imports and nothing else.
RUN python -m venv --without-pip /opt/appwrite-py

# The dependencies are a layer of their own, made again only when the lock file changes. Wheels only: the slim base
# has no compiler, and nothing of a package runs while it is installed. pyvips alone has no wheel; without a compiler it
# is plain Python. A private package index is given as a build secret (`--secret id=pip.conf,src=FILE`), so it leaves no
# trace in the image.
COPY requirements.lock ./
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    pip --python /opt/appwrite-py/bin/python install --require-hashes --only-binary=:all: --no-binary=pyvips \
      -r requirements.lock

COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY appwrite_py appwrite_py
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    pip --python /opt/appwrite-py/bin/python install --no-deps .


FROM ${BASE}

# What functions need: the sandbox they are held in, and Node beside the Python that is there. `--build-arg PACKAGES=` for
# a server without functions; further packages of Debian can be named too.
ARG PACKAGES="bubblewrap nodejs npm"
RUN if [ -n "$PACKAGES" ]; then \
      apt-get update && apt-get install --yes --no-install-recommends $PACKAGES && rm -rf /var/lib/apt/lists/*; \
    fi

LABEL org.opencontainers.image.title="appwrite_py" \
      org.opencontainers.image.description="A self-hosted backend for web, mobile and server apps: one process over PostgreSQL, speaking the Appwrite API." \
      org.opencontainers.image.licenses="BSD-3-Clause"

# The name is needed as well as the number: PostgreSQL's programs ask who they run as.
RUN groupadd --gid 10001 appwrite \
 && useradd --uid 10001 --gid appwrite --home-dir /data --no-create-home --shell /usr/sbin/nologin appwrite \
 && install -d -o appwrite -g appwrite -m 0700 /data

COPY --from=builder /opt/appwrite-py /opt/appwrite-py

ENV PATH=/opt/appwrite-py/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    APPWRITE_PY_HOST=0.0.0.0 \
    APPWRITE_PY_PORT=8080 \
    APPWRITE_PY_DATA=/data

# A number, so that Kubernetes' `runAsNonRoot` can tell that it is not root.
USER 10001:10001
WORKDIR /srv
VOLUME /data
EXPOSE 8080

# Alive means: it answers, without being asked who one is. A redirect to HTTPS is an answer too.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s --retries=3 \
  CMD ["python", "-ISc", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['APPWRITE_PY_PORT']), timeout=4); c.request('GET', '/v1/health/version'); sys.exit(c.getresponse().status >= 400)"]

# Exec form: the server itself gets SIGTERM and ends its requests before it goes.
ENTRYPOINT ["appwrite-py"]
CMD ["serve"]
