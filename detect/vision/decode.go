package vision

/*
#cgo pkg-config: vpx libavcodec libavutil
#include <string.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vp8dx.h>

#include "planes.h"
#include "libav.h"

// Decodes one key frame of w x h into the planes of to, each without padding,
// of the even size just below. The decoder lives for this one frame, so that
// nothing of one seat's picture can show up in another's.
static int qy_vpx(int vp9, const unsigned char *data, unsigned n, qy_planes *to) {
	vpx_codec_ctx_t ctx;
	vpx_codec_dec_cfg_t cfg = {.threads = 1};
	if (vpx_codec_dec_init(&ctx, vp9 ? vpx_codec_vp9_dx() : vpx_codec_vp8_dx(), &cfg, 0))
		return QY_INIT;
	int rc = QY_DECODE;
	if (!vpx_codec_decode(&ctx, data, n, NULL, 0)) {
		vpx_codec_iter_t iter = NULL;
		const vpx_image_t *img = vpx_codec_get_frame(&ctx, &iter);
		if (!img)
			rc = QY_NONE;
		else if (img->fmt != VPX_IMG_FMT_I420)
			rc = QY_SHAPE;
		else
			rc = qy_take(to, img->planes, img->stride, img->d_w, img->d_h);
	}
	vpx_codec_destroy(&ctx);
	return rc;
}
*/
import "C"

import (
	"errors"
	"fmt"
	"unsafe"

	"qyragy/detect"
)

// decode decodes one key frame. The caller closes the picture. An odd last row
// or column is dropped.
func decode(codec detect.Codec, data []byte) (*picture, error) {
	s, err := frameSize(codec, data)
	if err != nil {
		return nil, err
	}
	p := newPicture(size{s.width &^ 1, s.height &^ 1})
	if err := p.fill(codec, data, s); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// fill decodes into the picture's planes.
func (p *picture) fill(codec detect.Codec, data []byte, s size) error {
	y, u, v, err := p.planes()
	if err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	to := C.qy_planes{w: C.int(s.width), h: C.int(s.height)}
	for i, plane := range [][]byte{y, u, v} {
		to.data[i] = (*C.uchar)(unsafe.Pointer(&plane[0])) // of OpenCV's memory, not of Go's
	}
	clean, which, err := stripped(codec, data)
	if err != nil {
		return err
	}
	from, n := (*C.uchar)(unsafe.Pointer(&clean[0])), C.uint(len(clean))
	if codec == detect.H264 || codec == detect.AV1 {
		return decodeError(C.qy_av(which, from, n, &to))
	}
	return decodeError(C.qy_vpx(which, from, n, &to))
}

// stripped returns what a decoder needs of a frame and nothing that it might
// take for a second one, and whether it is the newer of its decoder's two
// codecs.
func stripped(codec detect.Codec, data []byte) (clean []byte, newer C.int, err error) {
	switch codec {
	case detect.VP9:
		return singleFrame(data), 1, nil
	case detect.H264:
		_, clean, err = h264Frame(data)
		return clean, 0, err
	case detect.AV1:
		_, clean, err = av1Frame(data)
		return clean, 1, err
	default:
		return data, 0, nil
	}
}

// errDecoder is the worker's fault and not the frame's.
var errDecoder = errors.New("the decoder could not be started")

func decodeError(rc C.int) error {
	switch rc {
	case C.QY_OK:
		return nil
	case C.QY_INIT:
		return errDecoder
	case C.QY_NONE:
		return errors.New("the frame shows no picture")
	case C.QY_SHAPE:
		return errors.New("the picture is not what the frame's header said")
	default:
		return errors.New("the frame could not be decoded")
	}
}
