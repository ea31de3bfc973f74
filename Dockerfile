# syntax=docker/dockerfile:1
# Two stages on the same image: the first installs what uv.lock pins, the second takes the result and nothing else.
# Pin it for your builds: docker build --build-arg PYTHON=python:3.13-slim@sha256:…
ARG PYTHON=python:3.13-slim

FROM ${PYTHON} AS build
# The newest uv that the lock file was written with is good enough: it installs exactly what the lock file names.
RUN pip install --no-cache-dir "uv>=0.13,<1"
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=0 UV_PROJECT_ENVIRONMENT=/app/.venv
WORKDIR /src
# What changes seldom first: this layer stays while only our code changes.
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-dev --extra postgres --extra otel --no-install-project
COPY README.md LICENSE manifest.yml ./
COPY bot bot
COPY handlers handlers
COPY sandbox sandbox
COPY storage storage
RUN uv sync --locked --no-dev --extra postgres --extra otel --no-editable

FROM ${PYTHON}
# A fixed number, so that a volume's files belong to the same user after each update.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data assay && install -d -o assay -g assay /data
COPY --from=build /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ASSAY_HOST=0.0.0.0 \
    ASSAY_PORT=3001 \
    ASSAY_DATABASE_URL=sqlite+aiosqlite:////data/assay.db
USER assay
WORKDIR /data
VOLUME /data
EXPOSE 3001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['ASSAY_PORT']}/healthz\", timeout=4)"]
ENTRYPOINT ["assay"]
CMD ["serve"]
