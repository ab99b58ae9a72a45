FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /venv
COPY requirements.lock requirements-build.lock ./
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
# What builds the package stays here: the program needs none of it.
RUN python -m venv /build && /build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md ./
COPY app app
COPY web web
COPY migrations migrations
RUN /build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . && \
    /venv/bin/pip install --no-cache-dir --no-deps --no-index /wheels/*.whl

FROM python:3.11-slim
# Volumes that are mounted there take their owner from these folders.
RUN useradd --system --uid 10001 --home-dir /data --create-home qinglian && \
    mkdir /backup /keys && chown qinglian: /backup /keys && chmod 700 /data /backup /keys
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 QL_DATA=/data QL_ASSETS=local
USER qinglian
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=2)"]
CMD ["sh", "-c", "qinglian migrate && exec qinglian serve --host 0.0.0.0"]
