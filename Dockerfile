# The service, without demo, simulator voices and tests. Settings come from the environment;
# what it keeps (SQLite file, prepared lines) is in /app/var; agents' files and documents of clients may
# be mounted at /app/agents (with TRUNKLINE_AGENTS=agents) and /app/knowledge.

FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv /opt/trunkline
COPY deploy/requirements.lock ./
RUN /opt/trunkline/bin/pip install --no-cache-dir -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY config config
COPY pipelines pipelines
COPY processors processors
COPY tools tools
RUN /opt/trunkline/bin/pip install --no-cache-dir --no-deps .

FROM python:3.13-slim
RUN useradd --uid 10001 --create-home trunkline \
    && install --directory --owner=trunkline --group=trunkline /app/var /app/agents /app/knowledge
COPY --from=build /opt/trunkline /opt/trunkline
# onnxruntime reports on its use to its maker unless told not to.
ENV PATH=/opt/trunkline/bin:$PATH PYTHONUNBUFFERED=1 ORT_DISABLE_TELEMETRY=1
WORKDIR /app
USER trunkline
VOLUME /app/var
EXPOSE 8080
# SIGTERM lets calls finish; give it time: docker stop --time 180
STOPSIGNAL SIGTERM
# Of the service. A process that dials batches is run with `--no-healthcheck` (docs/operators.md).
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/health/live', timeout=2)"]
CMD ["trunkline", "serve", "--host", "0.0.0.0"]
