# The LPR gateway as a container: no secrets inside, no root, nothing written outside the volume.
# docs/operators.md says how to run it.

# This tag moves with security fixes. Pin it by digest where every build must give the same bytes.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv --without-pip /opt/lpr-gateway \
    && sed '/^# Only for tests, below this line\.$/,$d' requirements.lock > runtime.txt \
    && pip --python /opt/lpr-gateway/bin/python install --no-cache-dir --require-hashes --no-deps -r runtime.txt
COPY pyproject.toml README.md ./
COPY gateway gateway
# Built by the locked flit-core that the first step installed; then that is of no more use.
RUN pip --python /opt/lpr-gateway/bin/python install --no-cache-dir --no-deps --no-build-isolation . \
    && pip --python /opt/lpr-gateway/bin/python uninstall --yes flit-core \
    && install --directory --mode=0700 /state

FROM python:3.11-slim-bookworm
COPY --from=build /opt/lpr-gateway /opt/lpr-gateway
COPY policies /usr/share/lpr-gateway/policies
COPY tests/cases /usr/share/lpr-gateway/cases
COPY --from=build --chown=10001:10001 /state /var/lib/lpr-gateway
ENV PATH=/opt/lpr-gateway/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    LPR_GATEWAY_CONFIG=/etc/lpr-gateway/gateway.toml \
    LPR_GATEWAY__SERVER__BIND=0.0.0.0:8080 \
    LPR_GATEWAY__PATHS__STATE=/var/lib/lpr-gateway \
    LPR_GATEWAY__PATHS__POLICIES=/usr/share/lpr-gateway/policies \
    LPR_GATEWAY__STORE__URL=sqlite:////var/lib/lpr-gateway/gateway.db \
    LPR_GATEWAY__FACTS__URL=sqlite:////var/lib/lpr-gateway/facts.db \
    LPR_GATEWAY__AUDIT__DIRECTORY=/var/lib/lpr-gateway/audit
USER 10001:10001
WORKDIR /var/lib/lpr-gateway
VOLUME /var/lib/lpr-gateway
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8080, timeout=2); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["lpr-gateway"]
CMD ["serve"]
