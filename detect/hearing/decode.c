#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/channel_layout.h>
#include <libavutil/log.h>
#include <libavutil/mem.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>

#include "decode.h"

enum { RATE_IN = 48000, RATE_OUT = 16000, LARGEST = 4096 };

// The identification header of RFC 7845 §5.1: version 1, two channels, no
// pre-skip, 48 kHz, no gain, mapping family 0. Mono packets come out on both.
static const unsigned char head[] = {'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 1, 2, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0};

static AVCodecContext *start(void) {
	const AVCodec *codec = avcodec_find_decoder_by_name("opus");
	AVCodecContext *c = codec ? avcodec_alloc_context3(codec) : NULL;
	if (!c)
		return NULL;
	c->thread_count = 1;
	c->extradata = av_mallocz(sizeof head + AV_INPUT_BUFFER_PADDING_SIZE);
	if (c->extradata) {
		memcpy(c->extradata, head, sizeof head);
		c->extradata_size = sizeof head;
		if (!avcodec_open2(c, codec, NULL))
			return c;
	}
	avcodec_free_context(&c);
	return NULL;
}

static SwrContext *resampler(void) {
	AVChannelLayout in = AV_CHANNEL_LAYOUT_STEREO, out = AV_CHANNEL_LAYOUT_MONO;
	SwrContext *s = NULL;
	if (swr_alloc_set_opts2(&s, &out, AV_SAMPLE_FMT_FLT, RATE_OUT, &in, AV_SAMPLE_FMT_FLTP, RATE_IN, 0, NULL))
		return NULL;
	// Two equal channels are as loud as one.
	if (av_opt_set_double(s, "rematrix_maxval", 1, 0) || swr_init(s))
		swr_free(&s);
	return s;
}

// drain resamples what the decoder has, and returns how many samples it wrote.
static int drain(AVCodecContext *c, SwrContext *s, AVFrame *f, float *to, int room) {
	int n = 0;
	while (n < room && !avcodec_receive_frame(c, f)) {
		uint8_t *out = (uint8_t *)(to + n);
		if (f->format == AV_SAMPLE_FMT_FLTP && f->sample_rate == RATE_IN && f->ch_layout.nb_channels == 2) {
			int got = swr_convert(s, &out, room - n, (const uint8_t **)f->extended_data, f->nb_samples);
			if (got > 0)
				n += got;
		}
		av_frame_unref(f);
	}
	return n;
}

static int decode(AVCodecContext *c, SwrContext *s, const unsigned char *data, const int *sizes, int count, float *to, int room) {
	unsigned char padded[LARGEST + AV_INPUT_BUFFER_PADDING_SIZE];
	AVPacket *p = av_packet_alloc();
	AVFrame *f = av_frame_alloc();
	int n = 0;
	for (int i = 0; p && f && i < count && n < room; data += sizes[i], i++) {
		if (sizes[i] > LARGEST)
			continue;
		memcpy(padded, data, sizes[i]);
		memset(padded + sizes[i], 0, AV_INPUT_BUFFER_PADDING_SIZE);
		p->data = padded, p->size = sizes[i];
		if (!avcodec_send_packet(c, p))
			n += drain(c, s, f, to + n, room - n);
	}
	av_frame_free(&f);
	av_packet_free(&p);
	return n;
}

int qy_opus(const unsigned char *data, const int *sizes, int count, float *to, int room) {
	av_log_set_level(AV_LOG_QUIET); // what is broken is told in the answer
	AVCodecContext *c = start();
	SwrContext *s = resampler();
	int n = c && s ? decode(c, s, data, sizes, count, to, room) : -1;
	swr_free(&s);
	avcodec_free_context(&c);
	return n;
}
