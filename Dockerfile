# syntax=docker/dockerfile:1
# The mock as an image: docker build -t talentlms-mock . See docs/deploy/container.md.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY fixtures fixtures
COPY man man
COPY mockserver mockserver
COPY pytest_plugin pytest_plugin
# Compiled here: the image runs with a read-only root file system.
RUN python -m venv /opt/talentlms-mock \
    && /opt/talentlms-mock/bin/pip install --no-cache-dir --no-compile . \
    && /opt/talentlms-mock/bin/pip uninstall --yes pip \
    && python -m compileall -q /opt/talentlms-mock/lib

FROM python:${PYTHON}-slim
# A number, so that Kubernetes can see that it is not root.
RUN groupadd --system --gid 10001 mock \
    && useradd --system --uid 10001 --gid mock --no-create-home --home-dir /data mock \
    && install --directory --owner=mock --group=mock --mode=700 /data
COPY --from=build /opt/talentlms-mock /opt/talentlms-mock
ENV PATH=/opt/talentlms-mock/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TALENTLMS_MOCK_DATA_DIR=/data \
    TALENTLMS_MOCK_HOST=0.0.0.0
USER 10001:10001
WORKDIR /data
# The certificate authority, and the files of --database.
VOLUME /data
EXPOSE 8080 8443 8888
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["talentlms-mock", "healthcheck"]
ENTRYPOINT ["talentlms-mock"]
CMD ["serve"]
