# syntax=docker/dockerfile:1
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY config config
COPY streams streams
COPY agents agents
RUN python -m venv /opt/greenlane && /opt/greenlane/bin/pip install --no-cache-dir .

FROM python:3.11-slim
# The folder exists, and is the user's, so that a fresh volume laid over it is too.
RUN useradd --create-home --uid 10001 greenlane && install -d -o greenlane -m 0700 /etc/greenlane
COPY --from=build /opt/greenlane /opt/greenlane
ENV PATH=/opt/greenlane/bin:$PATH PYTHONUNBUFFERED=1 GREENLANE_METRICS_HOST=0.0.0.0
USER greenlane
WORKDIR /tmp
EXPOSE 9464
# Slot N listens on GREENLANE_METRICS_PORT + N, so a worker in slot N is given its HEALTH_PORT.
ENV HEALTH_PORT=9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['HEALTH_PORT']}/healthz\", timeout=4)"]
ENTRYPOINT ["greenlane"]
CMD ["worker"]
