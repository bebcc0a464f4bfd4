# landline-cli without a window: hosts a room, joins one, or sends. docs/join-from-anything.md "In a container".
#   docker build --tag landline-cli .

# The page for guests, which the program takes into its binary.
FROM node:22-trixie-slim AS page
WORKDIR /src/ui
COPY ui/package.json ui/package-lock.json ./
RUN npm ci --no-audit --no-fund --loglevel=error
COPY ui/ ./
RUN npm run --silent build

FROM rust:1.95.0-slim-trixie AS program
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
# How SQLite is compiled.
COPY .cargo/ .cargo/
# Every member of the workspace, or Cargo does not begin.
COPY src-tauri/ src-tauri/
COPY bench/load/ bench/load/
COPY bench/search/ bench/search/
# What the room tells programs about itself.
COPY docs/asyncapi.json docs/
COPY ui/src/state/export/page.template ui/src/state/export/
COPY --from=page /src/ui/dist/ ui/dist/
# The registry and what was compiled are kept between builds; the binary must leave the cache to be seen by later stages.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package landline-cli \
    && install -D target/release/landline-cli /out/landline-cli

# The same release of Debian as above: a program does not run on an older libc than it was linked with.
FROM debian:13.6-slim
LABEL org.opencontainers.image.title="landline-cli" \
    org.opencontainers.image.description="Chat for the people on your network: headless host and client" \
    org.opencontainers.image.licenses="MIT OR Apache-2.0"
RUN useradd --uid 10001 --user-group --create-home --home-dir /data --shell /usr/sbin/nologin landline
COPY --from=program /out/landline-cli /usr/local/bin/landline-cli
COPY LICENSE-MIT LICENSE-APACHE /usr/share/doc/landline/
USER 10001:10001
WORKDIR /data
# A room is kept in /data/room, who a member is in /data too. The port is fixed, so that the health check knows it.
ENV HOME=/data LANDLINE_DATA=/data/room LANDLINE_PORT=8000
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["landline-cli", "health"]
ENTRYPOINT ["landline-cli"]
CMD ["serve"]
