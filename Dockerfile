# The console is built first, so that the binary can embed it.
FROM node:22-bookworm-slim AS console
WORKDIR /src/frontend
COPY frontend/assets assets
WORKDIR /src/frontend/console
COPY frontend/console/package.json frontend/console/package-lock.json ./
RUN npm install --no-audit --no-fund
COPY frontend/console .
RUN npm run build

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=console /src/frontend/console/dist frontend/console/dist
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /goodword ./cmd/goodword && mkdir /data

# Static has CA certificates and time zones, no shell, and runs as a user without rights.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /goodword /goodword
COPY --from=build --chown=nonroot:nonroot /data /data
ENV GOODWORD_ADDR=0.0.0.0:8080 GOODWORD_DATA_DIR=/data
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["/goodword"]
CMD ["serve"]
