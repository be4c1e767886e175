#include "libav.h"

#include <libavcodec/avcodec.h>

// The decoder as narrow as it can be had: one thread, no larger a picture than
// the header said, no damage repaired, no film grain put on.
static AVCodecContext *qy_open(int av1, const qy_planes *to) {
	av_log_set_level(AV_LOG_QUIET); // frames are strangers': nobody reads what is wrong with each
	const AVCodec *codec = avcodec_find_decoder_by_name(av1 ? "libdav1d" : "h264");
	AVCodecContext *ctx = codec ? avcodec_alloc_context3(codec) : NULL;
	if (!ctx)
		return NULL;
	ctx->thread_count = 1;
	ctx->max_pixels = (int64_t)(to->w + 128) * (to->h + 32); // with what codec and buffers round up
	ctx->error_concealment = 0;
	ctx->err_recognition = AV_EF_EXPLODE;
	ctx->flags |= AV_CODEC_FLAG_LOW_DELAY;
	ctx->export_side_data |= AV_CODEC_EXPORT_DATA_FILM_GRAIN;
	if (avcodec_open2(ctx, codec, NULL))
		avcodec_free_context(&ctx);
	return ctx;
}

static int qy_one(AVCodecContext *ctx, AVPacket *packet, AVFrame *frame, qy_planes *to) {
	if (avcodec_send_packet(ctx, packet))
		return QY_DECODE;
	int rc = avcodec_receive_frame(ctx, frame);
	if (rc == AVERROR(EAGAIN)) {
		avcodec_send_packet(ctx, NULL);
		rc = avcodec_receive_frame(ctx, frame);
	}
	if (rc)
		return rc == AVERROR_EOF ? QY_NONE : QY_DECODE;
	if (frame->format != AV_PIX_FMT_YUV420P && frame->format != AV_PIX_FMT_YUVJ420P)
		return QY_SHAPE;
	if (frame->flags & AV_FRAME_FLAG_CORRUPT || frame->decode_error_flags)
		return QY_DECODE;
	return qy_take(to, frame->data, frame->linesize, frame->width, frame->height);
}

int qy_av(int av1, const unsigned char *data, unsigned n, qy_planes *to) {
	AVCodecContext *ctx = qy_open(av1, to);
	AVPacket *packet = av_packet_alloc();
	AVFrame *frame = av_frame_alloc();
	int rc = QY_INIT;
	if (ctx && packet && frame && !av_new_packet(packet, (int)n)) {
		memcpy(packet->data, data, n);
		rc = qy_one(ctx, packet, frame, to);
	}
	av_frame_free(&frame);
	av_packet_free(&packet);
	avcodec_free_context(&ctx);
	return rc;
}
