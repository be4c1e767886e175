# Builds what `make build` builds and runs the server with its detectors. Staff
# accounts are made with `qyragy account add`; publish 8080/tcp and 8189/udp.
FROM golang:1.26-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
      g++ pkg-config libopencv-dev libvpx-dev libavcodec-dev libavutil-dev libswresample-dev nodejs npm \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN npm ci --ignore-scripts --prefix models && go run ./models/convert \
    && npm ci --ignore-scripts --prefix web/ui && go generate ./web \
    && CGO_ENABLED=0 go build -trimpath -o /out/ ./cmd/qyragy ./cmd/examinee ./cmd/verify \
    && CGO_ENABLED=1 go build -trimpath -o /out/ ./cmd/detector

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
      ca-certificates libvpx7 libavcodec59 libavutil57 libswresample4 \
      libopencv-calib3d406 libopencv-dnn406 libopencv-features2d406 libopencv-highgui406 \
      libopencv-imgcodecs406 libopencv-objdetect406 libopencv-photo406 libopencv-video406 libopencv-videoio406 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --home-dir /data --create-home qyragy
COPY --from=build /out/ /usr/local/bin/
COPY --from=build /src/models/onnx /usr/share/qyragy/models/onnx
ENV QYRAGY_DATA=/data QYRAGY_MODELS=/usr/share/qyragy/models/onnx QYRAGY_LISTEN=:8080
USER qyragy
VOLUME /data
EXPOSE 8080/tcp 8189/udp
ENTRYPOINT ["qyragy"]
CMD ["serve"]
